import type { Clock } from "@sinonjs/fake-timers";
import { type Cache, type CacheGroup, createCache } from "@/server/cache";
import { Store } from "./store";
import { Floors } from "./floors";
import { Troubles } from "./troubles";
import { Wire } from "./wire";

export type Faults = {
  /** Cut connections, frozen nodes, a trimmed log, a server that comes back with an old snapshot, time that passes. */
  trouble: boolean;
  /** A mark is lost at the server, which its memory policy rules out: a defect to be found. */
  evictMarks: boolean;
};

/** What a reader gets: which write its load had seen. */
type Row = { version: number };
type Node = { readonly cache: Cache<never, never>; readonly group: CacheGroup<number, Row> };
type Load = { readonly key: number; read: Row | null; readonly settle: (row: Row) => void };
type Action = () => void;

export type Outcome = {
  /** What must not happen, in words; null when nothing of it did. */
  violation: string | null;
  loads: number;
  reads: number;
};

const nodeCount = 2;
const keys = [1, 2] as const;
const mostReads = 30;
const mostWrites = 6;

/** Runs what has been started until nothing moves by itself: promises, and what was put off to the next turn. */
export type Settle = () => Promise<void>;

/**
 * Two nodes of the real engine over one store, a database of counters, and the choice what happens next: a command arrives,
 * an answer comes back, a load reads or ends, somebody reads or writes, time passes, something breaks.
 *
 * Judged are C1: a read that begins after an invalidation has been applied on its node, or everywhere, gets nothing that was
 * loaded before it; and C2: without writes and troubles, all readers of a key share one load.
 */
export class World {
  readonly #timers: Clock;
  readonly #settle: Settle;
  readonly #store: Store;
  readonly #wires: Wire[] = [];
  readonly #nodes: Node[] = [];
  readonly #faults: Faults;
  /** What the database holds. */
  readonly #versions = new Map<number, number>(keys.map((key) => [key, 1]));
  readonly #floors = new Floors(nodeCount);
  readonly #troubles: Troubles;
  readonly #frozen = new Set<number>();
  #loads: Load[] = [];
  #begun = 0;
  #reads = 0;
  #unsettled = 0;
  #writes = 0;
  #unconfirmed = 0;
  #violation: string | null = null;

  private constructor(timers: Clock, settle: Settle, faults: Faults) {
    this.#timers = timers;
    this.#settle = settle;
    this.#faults = faults;
    this.#store = new Store(() => timers.now);
    const { evictMarks } = faults;
    const [store, wires, frozen] = [this.#store, this.#wires, this.#frozen];
    this.#troubles = new Troubles({ store, wires, frozen, nodes: nodeCount, evictMarks });
  }

  static async open(timers: Clock, settle: Settle, faults: Faults): Promise<World> {
    const world = new World(timers, settle, faults);
    for (let node = 0; node < nodeCount; node += 1) world.#openNode(node);
    await world.#calm();
    // The server has been there for long, so that no invalidation waits for nodes that it may not know yet.
    world.#store.hash("{w:cache}:server").set("bornMs", "0");
    return world;
  }

  #openNode(index: number): void {
    const cache = createCache({
      redis: {
        connect: () => {
          const wire = new Wire(this.#store, index);
          this.#wires.push(wire);
          return wire.asClient();
        },
      },
      nodeId: `node-${index}`,
      keyPrefix: "w:",
      random: () => 0.5,
      clock: { now: () => this.#timers.now },
      wallClock: { now: () => this.#timers.now },
    });
    const group = cache.define<number, Row>({
      name: "counter",
      version: 1,
      key: String,
      tags: (key) => [`counter:${key}`],
      freshFor: "1h",
      load: (key) =>
        new Promise((settle) => {
          this.#begun += 1;
          this.#loads.push({ key, read: null, settle });
        }),
    });
    cache.follow({
      began: () => undefined,
      entered: ({ tags }) => {
        for (const tag of tags) {
          const [, key, version] = /^write:(\d+):(\d+)$/u.exec(tag) ?? [];
          if (key !== undefined) this.#floors.raise([index], Number(key), Number(version));
        }
      },
    });
    this.#nodes.push({ cache, group });
  }

  #fail(words: string): void {
    this.#violation ??= words;
  }

  #read(index: number, key: number): void {
    const node = this.#nodes[index];
    if (node === undefined) return;
    const least = this.#floors.of(index, key);
    this.#reads += 1;
    this.#unsettled += 1;
    node.group.get(key).then(
      (row) => {
        this.#unsettled -= 1;
        if (row === null || row.version < least) {
          this.#fail(`C1: node ${index} read version ${row?.version} of key ${key}, and ${least} was due`);
        }
      },
      (error: unknown) => {
        this.#unsettled -= 1;
        this.#fail(`C3: a read failed: ${String(error)}`);
      },
    );
  }

  #write(index: number, key: number, wait: "local" | "fleet"): void {
    const node = this.#nodes[index];
    if (node === undefined) return;
    this.#writes += 1;
    this.#unconfirmed += 1;
    const applied = (nodes: readonly number[]): void => {
      this.#unconfirmed -= 1;
      this.#floors.raise(nodes, key, version);
    };
    const version = (this.#versions.get(key) ?? 1) + 1;
    this.#versions.set(key, version);
    node.cache.invalidate({ tags: [`counter:${key}`, `write:${key}:${version}`] }, { wait }).then(
      // What was only queued is kept from memory and Redis on this node until it is applied.
      () => applied(wait === "fleet" ? this.#floors.everybody : [index]),
      // The fleet could not be asked in time: nothing was promised but what this node knows.
      () => applied([index]),
    );
  }

  /** What is under way goes on: a connection opens, a command or an answer arrives, a load reads or ends. */
  #movesNow(): Action[] {
    const actions: Action[] = [];
    for (const wire of this.#wires) {
      if (this.#frozen.has(wire.node)) continue;
      if (wire.isOpening) actions.push(() => wire.open());
      if (wire.mayArrive) actions.push(() => wire.arrive());
      if (wire.mayAnswer) actions.push(() => wire.answer());
    }
    for (const load of this.#loads) {
      if (load.read === null) {
        actions.push(() => {
          load.read = { version: this.#versions.get(load.key) ?? 1 };
        });
      } else {
        actions.push(() => {
          this.#loads = this.#loads.filter((other) => other !== load);
          if (load.read !== null) load.settle(load.read);
        });
      }
    }
    return actions;
  }

  #readsNow(): Action[] {
    if (this.#reads >= mostReads) return [];
    // With writes one key is enough, and its readers meet more often.
    const some = this.#faults.trouble ? keys.slice(0, 1) : keys;
    return this.#nodes.flatMap((_node, index) => some.map((key) => () => this.#read(index, key)));
  }

  #writesNow(): Action[] {
    if (this.#writes >= mostWrites || !this.#faults.trouble) return [];
    return this.#nodes.flatMap((_node, index) =>
      // Mostly of the key that is read; the other's invalidations fill the log.
      [1, 1, 2].flatMap((key) => [() => this.#write(index, key, "local"), () => this.#write(index, key, "fleet")]),
    );
  }

  #troublesNow(kind: number): Action[] {
    if (!this.#faults.trouble) return [];
    if (kind < 92) return [20, 150, 900, 900].map((ms) => () => void this.#timers.tick(ms));
    return this.#troubles.now();
  }

  /** First the kind is chosen, so that no kind is drowned by another that has more to choose from. */
  #choose(choice: number): Action | undefined {
    const kind = choice % 100;
    const [moves, reads] = [this.#movesNow(), this.#readsNow()];
    const wanted = kind < 52 ? moves : kind < 74 ? reads : kind < 84 ? this.#writesNow() : this.#troublesNow(kind);
    const actions = [wanted, moves, reads].find((some) => some.length > 0) ?? [];
    return actions[Math.floor(choice / 100) % actions.length];
  }

  /** Lets everything that is under way come to its end. */
  async #calm(): Promise<void> {
    this.#frozen.clear();
    for (let round = 0; round < 400; round += 1) {
      let moved = false;
      for (const wire of this.#wires) {
        if (wire.isOpening) [moved] = [true, wire.open()];
        while (wire.mayArrive) [moved] = [true, wire.arrive()];
        while (wire.mayAnswer) [moved] = [true, wire.answer()];
      }
      for (const { key, settle } of this.#loads.splice(0)) {
        moved = true;
        settle({ version: this.#versions.get(key) ?? 1 });
      }
      await this.#settle();
      if (!moved) return;
    }
  }

  async #pass(ms: number, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.#timers.tick(stepMs);
      await this.#settle();
      await this.#calm();
    }
  }

  /** One schedule: each number chooses among what may happen, then all comes to rest and everybody reads once more. */
  async run(choices: readonly number[]): Promise<Outcome> {
    for (const choice of choices) {
      this.#choose(choice)?.();
      await this.#settle();
      if (this.#violation !== null) return this.#outcome();
    }
    await this.#calm();
    if (this.#faults.trouble) await this.#judgeRest();
    else await this.#judgeSharing();
    return this.#outcome();
  }

  async #judgeSharing(): Promise<void> {
    // In small steps, for whoever waits for another node's load asks again after a while.
    await this.#pass(200, 5);
    if (this.#begun > keys.length) this.#fail(`C2: ${this.#begun} loads of ${keys.length} keys that nobody wrote`);
    if (this.#unsettled > 0) this.#fail(`C3: ${this.#unsettled} reads never ended`);
  }

  async #judgeRest(): Promise<void> {
    // Longer than anybody waits for anything.
    for (let passed = 0; passed < 7_000 && this.#unsettled + this.#unconfirmed > 0; passed += 100)
      await this.#pass(100);
    if (this.#unsettled > 0) this.#fail(`C3: ${this.#unsettled} reads never ended`);
    if (this.#unconfirmed > 0) this.#fail(`${this.#unconfirmed} invalidations never ended`);
    for (let node = 0; node < nodeCount; node += 1) for (const key of keys) this.#read(node, key);
    await this.#calm();
  }

  #outcome(): Outcome {
    return { violation: this.#violation, loads: this.#begun, reads: this.#reads };
  }

  async close(): Promise<void> {
    const closing = Promise.all(this.#nodes.map(({ cache }) => cache.close()));
    await this.#calm();
    this.#timers.tick(3_000);
    await this.#calm();
    await closing;
  }
}
