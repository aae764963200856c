import type { Clock } from "@sinonjs/fake-timers";
import { Node } from "./node";
import { Promises } from "./promises";
import { Store } from "./store";
import { drawSwarm, type Faults, isBreakage, type Kind, pickKind, type Swarm } from "./swarm";
import { Troubles } from "./troubles";
import type { Wire } from "./wire";

type Action = () => void;

/** The violation in words; null without one. */
export type Violation = string | null;

const nodeCount = 2;
const keys = [1, 2] as const;
const mostReads = 30;
const mostWrites = 8;
const mostRestarts = 3;
const parts = 4096;
/** Longer than a node trusts its memory without the log, and than any retry interval. */
const restMs = 4_000;

/** Runs started work until it is idle: promises, and callbacks deferred to the next turn. */
export type Settle = () => Promise<void>;

/**
 * Two nodes of the real engine over one store, a database of counters, and the choice of the next step: a command or a
 * reply arrives, a load reads or ends, a reader or writer starts, time passes, a fault occurs.
 *
 * Checks C1: a read that starts after an invalidation was applied on its node, or everywhere, returns nothing loaded
 * before it; at the end, with no faults and enough time, no read returns an old value. And C2: without writes and
 * faults, all readers of a key share one load.
 */
export class World {
  readonly #timers: Clock;
  readonly #settle: Settle;
  readonly #store: Store;
  readonly #nodes: Node[] = [];
  readonly #faults: Faults;
  readonly #swarm: Swarm;
  readonly #promises = new Promises(nodeCount);
  readonly #troubles: Troubles;
  readonly #frozen = new Set<number>();
  readonly #ending: Promise<void>[] = [];
  #reads = 0;
  #writes = 0;
  #restarts = 0;
  #violation: Violation = null;

  private constructor(timers: Clock, settle: Settle, faults: Faults, seed: number) {
    this.#timers = timers;
    this.#settle = settle;
    this.#faults = faults;
    this.#swarm = drawSwarm(seed, faults);
    this.#store = new Store(
      () => timers.now,
      (fields) => this.#promises.logged(fields),
    );
    this.#troubles = new Troubles({
      store: this.#store,
      wires: () => this.#wires(),
      frozen: this.#frozen,
      nodes: nodeCount,
    });
  }

  /** `seed` determines the frequency of each kind of step. */
  static async open(timers: Clock, settle: Settle, faults: Faults, seed: number): Promise<World> {
    const world = new World(timers, settle, faults, seed);
    for (let node = 0; node < nodeCount; node += 1) world.#openNode(node);
    await world.#calm();
    // The server is old, so that no invalidation waits for nodes that it may not know yet.
    world.#store.hash("{w:cache}:server").set("bornMs", "0");
    return world;
  }

  #openNode(index: number): void {
    this.#nodes[index] = new Node({
      index,
      timers: this.#timers,
      store: this.#store,
      promises: this.#promises,
      fail: (words) => this.#fail(words),
    });
  }

  #wires(): Wire[] {
    return this.#nodes.flatMap(({ wires }) => wires);
  }

  #fail(words: string): void {
    this.#violation ??= words;
  }

  #read(node: Node, key: number): void {
    this.#reads += 1;
    node.read(key);
  }

  #write(work: () => void): void {
    this.#writes += 1;
    work();
  }

  /** Replaces a process with a new one. */
  #restart(index: number): void {
    const node = this.#nodes[index];
    if (node === undefined || !node.mayDie) return;
    this.#restarts += 1;
    this.#frozen.delete(index);
    this.#ending.push(node.die());
    this.#openNode(index);
  }

  /** Progress of work in flight: a connection opens, a command or a reply arrives, a load reads or ends. */
  #moves(): Action[] {
    const reached = this.#wires().filter(({ node }) => !this.#frozen.has(node));
    const actions = reached.flatMap((wire) => (wire.followsLog && this.#swarm.hasSlowLog ? [] : this.#movesOf(wire)));
    for (const node of this.#nodes) {
      for (const load of node.loads) {
        actions.push(() => {
          if (load.read === null) {
            load.read = { version: this.#promises.versionOf(load.key) };
            return;
          }
          node.loads = node.loads.filter((other) => other !== load);
          load.settle(load.read);
        });
      }
    }
    return actions.length > 0 ? actions : reached.flatMap((wire) => this.#movesOf(wire));
  }

  #movesOf(wire: Wire): Action[] {
    const actions: Action[] = [];
    if (wire.isOpening) actions.push(() => wire.open());
    if (wire.mayArrive) actions.push(() => wire.arrive());
    if (this.#swarm.holdsAnswers) {
      if (wire.mayAnswer && !wire.mayArrive) actions.push(() => wire.answerAll());
      return actions;
    }
    if (wire.mayAnswer) actions.push(() => wire.answer());
    if (wire.mayAnswerAll) actions.push(() => wire.answerAll());
    return actions;
  }

  #of(kind: Kind): Action[] {
    if (isBreakage(kind)) return this.#troubles.of(kind);
    switch (kind) {
      case "move":
        return this.#moves();
      case "read": {
        if (this.#reads >= mostReads) return [];
        // With writes one key is enough, and its readers meet more often.
        const some = this.#faults.trouble ? keys.slice(0, 1) : keys;
        return this.#nodes.flatMap((node) => some.map((key) => () => this.#read(node, key)));
      }
      case "write":
        if (this.#writes >= mostWrites) return [];
        return this.#nodes.flatMap((node) => [
          // Mostly the key that is read; invalidations of the other fill the log.
          ...[1, 1, 2].flatMap((key) => [
            () => this.#write(() => node.write(key, "local")),
            () => this.#write(() => node.write(key, "fleet")),
          ]),
          () => this.#write(() => node.expire(1)),
        ]);
      case "pass a while":
        return this.#swarm.pausesMs.map((ms) => () => void this.#timers.tick(ms));
      case "restart a node":
        return this.#restarts >= mostRestarts ? [] : this.#nodes.map((_, index) => () => this.#restart(index));
    }
  }

  #choose(choice: number): Action | undefined {
    const kind = pickKind(this.#swarm, (choice % parts) / parts);
    // If this is impossible, work in flight continues.
    for (const some of [kind, "move", "read"] as const) {
      const actions = this.#of(some);
      if (actions.length > 0) return actions[Math.floor(choice / parts) % actions.length];
    }
    return undefined;
  }

  /** Completes everything in flight. */
  async #calm(): Promise<void> {
    this.#frozen.clear();
    this.#store.refusals = 0;
    for (let round = 0; round < 400; round += 1) {
      await this.#settle();
      let moved = false;
      for (const wire of this.#wires()) {
        if (wire.isOpening) [moved] = [true, wire.open()];
        while (wire.mayArrive) [moved] = [true, wire.arrive()];
        while (wire.mayAnswer) [moved] = [true, wire.answer()];
      }
      for (const node of this.#nodes) {
        for (const { key, read, settle } of node.loads.splice(0)) {
          moved = true;
          settle(read ?? { version: this.#promises.versionOf(key) });
        }
      }
      if (!moved) return;
    }
  }

  async #pass(ms: number, stepMs: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.#timers.tick(stepMs);
      await this.#calm();
    }
  }

  /** One schedule: each number chooses a possible step; then everything settles, and all nodes read once more. */
  async run(choices: readonly number[]): Promise<Violation> {
    for (const choice of choices) {
      this.#choose(choice)?.();
      await this.#settle();
      if (this.#violation !== null) return this.#violation;
    }
    await this.#calm();
    if (this.#faults.trouble) await this.#judgeRest();
    else await this.#judgeSharing();
    return this.#violation;
  }

  #unended(): number {
    return this.#nodes.reduce((sum, { unsettled, unconfirmed }) => sum + unsettled + unconfirmed, 0);
  }

  #judgeEnded(): void {
    for (const [index, { unsettled, unconfirmed }] of this.#nodes.entries()) {
      if (unsettled > 0) this.#fail(`C3: ${unsettled} reads of node ${index} never ended`);
      if (unconfirmed > 0) this.#fail(`${unconfirmed} invalidations of node ${index} never ended`);
    }
  }

  async #judgeSharing(): Promise<void> {
    // In small steps, because waiters for another node's load retry after a while.
    await this.#pass(200, 5);
    const begun = this.#nodes.reduce((sum, node) => sum + node.begun, 0);
    if (begun > keys.length) this.#fail(`C2: ${begun} loads of ${keys.length} keys without writes`);
    this.#judgeEnded();
  }

  async #judgeRest(): Promise<void> {
    // Longer than any wait.
    for (let passed = 0; passed < 7_000 && this.#unended() > 0; passed += 100) await this.#pass(100, 100);
    this.#judgeEnded();
    await this.#pass(restMs, 200);
    for (const write of this.#promises.writes) {
      if (write.done === null) this.#fail(`The invalidation of version ${write.version} was never carried out`);
      // Connections work again and earlier trust has expired, so nothing old remains.
      this.#promises.raiseEverywhere(write);
    }
    const [first] = this.#nodes;
    if (this.#swarm.endsWithNewcomer && first !== undefined) {
      this.#ending.push(first.die());
      this.#openNode(0);
      await this.#calm();
    }
    // The new node before the others, which would replace what it finds.
    for (const node of this.#nodes) {
      for (const key of keys) node.read(key);
      await this.#calm();
    }
    this.#judgeEnded();
  }

  async close(): Promise<void> {
    const closing = Promise.all([...this.#ending, ...this.#nodes.map((node) => node.close())]);
    await this.#calm();
    this.#timers.tick(3_000);
    await this.#calm();
    await closing;
  }
}
