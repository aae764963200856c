import type { Store } from "./store";
import type { Wire } from "./wire";

export type Scene = {
  readonly store: Store;
  readonly wires: readonly Wire[];
  /** Nodes that nothing reaches, and that reach nothing. */
  readonly frozen: Set<number>;
  readonly nodes: number;
  readonly evictMarks: boolean;
};

/** What can break, and what mends it again. */
export class Troubles {
  readonly #scene: Scene;
  #restore: (() => void) | null = null;
  #runs = 1;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  now(): (() => void)[] {
    const { store, wires, frozen, nodes, evictMarks } = this.#scene;
    const restore = this.#restore;
    const actions = Array.from({ length: nodes }, (_, node) => () => {
      if (!frozen.delete(node)) frozen.add(node);
    });
    const open = wires.filter((wire) => wire.status === "ready");
    // One of them at a time, whichever has waited longest for its turn.
    const [wire] = open.toSorted((one, other) => one.cuts - other.cuts);
    if (wire !== undefined) actions.push(() => wire.cut());
    actions.push(() => void store.stream("{w:cache}:log").splice(0));
    actions.push(() => {
      this.#restore = store.snapshot();
    });
    if (restore !== null) actions.push(() => this.#comeBack(restore));
    if (evictMarks) actions.push(() => store.delete("{w:cache}:marks"));
    return actions;
  }

  /** The server begins again with what it had written down. */
  #comeBack(restore: () => void): void {
    restore();
    this.#runs += 1;
    this.#scene.store.runId = `run-${this.#runs}`;
    for (const wire of this.#scene.wires) wire.cut();
  }
}
