import type { Clock } from "@sinonjs/fake-timers";
import { type Cache, type CacheGroup, createCache } from "@weir/cache";
import { type Promises, tagOfWrite } from "./promises";
import type { Store } from "./store";
import { Wire } from "./wire";

/** A reader's value: the write that its load saw. */
export type Row = { version: number };
export type Load = { readonly key: number; read: Row | null; readonly settle: (row: Row) => void };

export type NodeOptions = {
  readonly index: number;
  readonly timers: Clock;
  readonly store: Store;
  readonly promises: Promises;
  readonly fail: (words: string) => void;
};

/** One process of the fleet with the real engine, and its pending calls. */
export class Node {
  readonly wires: Wire[] = [];
  loads: Load[] = [];
  begun = 0;
  /** Reads and invalidations in flight. */
  unsettled = 0;
  unconfirmed = 0;
  /** A rejected invalidation waits in memory, and would be lost with the process. */
  hasQueued = false;
  readonly #options: NodeOptions;
  readonly #cache: Cache<never, never>;
  readonly #group: CacheGroup<number, Row>;
  #isDead = false;

  constructor(options: NodeOptions) {
    this.#options = options;
    const { index, timers, store, promises } = options;
    this.#cache = createCache({
      redis: {
        connect: () => {
          const wire = new Wire(store, index);
          this.wires.push(wire);
          return wire.asClient();
        },
      },
      nodeId: `node-${index}`,
      keyPrefix: "w:",
      // Allocating memory for more takes longer than the whole schedule.
      l1: { maxEntries: 16, maxBytes: 1024 * 1024 },
      random: () => 0.5,
      // Queued invalidations are retried while later reads are still in flight.
      timings: { retryMs: 30 },
      clock: { now: () => timers.now },
      wallClock: { now: () => timers.now },
    });
    this.#group = this.#cache.define<number, Row>({
      name: "counter",
      version: 1,
      key: String,
      tags: (key) => [`counter:${key}`],
      freshFor: "1h",
      load: (key) =>
        new Promise((settle) => {
          this.begun += 1;
          this.loads.push({ key, read: null, settle });
        }),
    });
    this.#cache.follow({
      began: (position) => {
        if (!this.#isDead) promises.began(index, position);
      },
      entered: ({ tags }) => {
        if (!this.#isDead) promises.entered(index, tags);
      },
    });
  }

  read(key: number): void {
    const { index, promises, fail } = this.#options;
    const least = promises.of(index, key);
    this.unsettled += 1;
    this.#group.get(key).then(
      (row) => {
        this.unsettled -= 1;
        if (!this.#isDead && (row === null || row.version < least)) {
          fail(`C1: node ${index} read version ${row?.version} of key ${key}, and ${least} was due`);
        }
      },
      (error: unknown) => {
        this.unsettled -= 1;
        if (!this.#isDead) fail(`C3: a read failed: ${String(error)}`);
      },
    );
  }

  write(key: number, wait: "local" | "fleet"): void {
    const { index, promises } = this.#options;
    const write = promises.write(key);
    this.unconfirmed += 1;
    this.#cache.invalidate({ tags: [`counter:${key}`, tagOfWrite(write)] }, { wait }).then(
      ({ status }) => {
        this.unconfirmed -= 1;
        if (this.#isDead) return;
        if (status === "queued") this.hasQueued = true;
        // A queued invalidation keeps its entries from being served on this node until it is applied.
        if (wait === "fleet") promises.raiseEverywhere(write);
        else promises.raise(index, write);
      },
      () => {
        this.unconfirmed -= 1;
        if (this.#isDead) return;
        // The fleet did not confirm in time: only this node's promise holds.
        this.hasQueued = true;
        promises.raise(index, write);
      },
    );
  }

  /** Allows old values while one reader refreshes, which promises nothing about versions. */
  expire(key: number): void {
    this.#cache.invalidate({ tags: [`counter:${key}`] }, { mode: "expire" }).catch(() => undefined);
  }

  /** False while its death would lose an invalidation that exists only in its memory. */
  get mayDie(): boolean {
    return this.unconfirmed === 0 && !this.hasQueued;
  }

  /** Ends the process at once, without sending anything more. Resolves when nothing of it is left. */
  die(): Promise<void> {
    this.#isDead = true;
    this.loads = [];
    for (const wire of this.wires) wire.die();
    this.#options.promises.died(this.#options.index);
    return this.#cache.close();
  }

  close(): Promise<void> {
    return this.#cache.close();
  }
}
