import type { Store } from "./store";
import type { Breakage } from "./swarm";
import type { Wire } from "./wire";

export type Scene = {
  readonly store: Store;
  readonly wires: () => readonly Wire[];
  /** Nodes that are cut off in both directions. */
  readonly frozen: Set<number>;
  readonly nodes: number;
};

const log = "{w:cache}:log";

/** Faults outside the nodes, and their recoveries. */
export class Troubles {
  readonly #scene: Scene;
  #restore: (() => void) | null = null;
  #runs = 1;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** The currently possible faults of this kind. */
  of(kind: Breakage): (() => void)[] {
    const { store, frozen, nodes } = this.#scene;
    const restore = this.#restore;
    switch (kind) {
      case "freeze or thaw a node":
        return Array.from({ length: nodes }, (_, node) => () => {
          if (!frozen.delete(node)) frozen.add(node);
        });
      case "cut a connection":
        return this.#scene
          .wires()
          .filter((wire) => wire.status === "ready")
          .map((wire) => () => wire.cut());
      case "trim the log":
        return [() => void store.stream(log).splice(0)];
      case "trim the log to its last entry":
        return [() => void store.stream(log).splice(0, store.stream(log).length - 1)];
      case "write a snapshot":
        return [() => void (this.#restore = store.snapshot())];
      case "come back with the snapshot":
        return restore === null ? [] : [() => this.#comeBack(restore)];
      case "wipe the server":
        return [() => store.wipe()];
      case "refuse an invalidation":
        return [() => void (store.refusals += 1)];
      case "lose marks":
        return [() => store.delete("{w:cache}:marks")];
    }
  }

  /** The server restarts with its snapshot. */
  #comeBack(restore: () => void): void {
    restore();
    this.#runs += 1;
    this.#scene.store.runId = `run-${this.#runs}`;
    for (const wire of this.#scene.wires()) wire.cut();
  }
}
