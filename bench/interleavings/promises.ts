import type { LogPosition } from "@weir/cache";

export type Write = {
  readonly key: number;
  readonly version: number;
  /** Where the server carried out its invalidation last; null while it has not. */
  done: LogPosition | null;
};

const shape = /^t:write:(\d+):(\d+)$/u;

/** A tag by which the log tells of a write. */
export const tagOfWrite = ({ key, version }: Pick<Write, "key" | "version">): string => `write:${key}:${version}`;

/**
 * What has been written, and by node and key the least version that a read which begins now may get: what has been
 * promised so far (rule C1).
 */
export class Promises {
  readonly writes: Write[] = [];
  readonly #nodes: Map<number, number>[];
  readonly #everybody = new Map<number, number>();
  /** In the order of their beginning. */
  readonly #incarnations: string[] = [];

  constructor(nodes: number) {
    this.#nodes = Array.from({ length: nodes }, () => new Map<number, number>());
  }

  of(node: number, key: number): number {
    return Math.max(this.#nodes[node]?.get(key) ?? 1, this.#everybody.get(key) ?? 1);
  }

  /** What the database holds of a key. */
  versionOf(key: number): number {
    return this.writes.reduce((latest, write) => (write.key === key ? Math.max(latest, write.version) : latest), 1);
  }

  write(key: number): Write {
    const write: Write = { key, version: this.versionOf(key) + 1, done: null };
    this.writes.push(write);
    return write;
  }

  raise(node: number, { key, version }: Pick<Write, "key" | "version">): void {
    this.#nodes[node]?.set(key, Math.max(this.#nodes[node].get(key) ?? 1, version));
  }

  raiseEverywhere({ key, version }: Pick<Write, "key" | "version">): void {
    this.#everybody.set(key, Math.max(this.#everybody.get(key) ?? 1, version));
  }

  /** The server has written this into its log. */
  logged(fields: readonly string[]): void {
    const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
    const [incarnation, epoch] = [field("i"), Number(field("e"))];
    if (!this.#incarnations.includes(incarnation)) this.#incarnations.push(incarnation);
    for (const mark of JSON.parse(field("t")) as string[]) {
      const [, key, version] = shape.exec(mark) ?? [];
      const write = this.writes.find((one) => one.key === Number(key) && one.version === Number(version));
      if (write !== undefined) write.done = { incarnation, epoch };
    }
  }

  /** An entry of the log has reached a node. */
  entered(node: number, tags: readonly string[]): void {
    for (const write of this.writes) if (tags.includes(tagOfWrite(write))) this.raise(node, write);
  }

  /** A node begins to follow the log here: what lies before it has arrived. */
  began(node: number, { incarnation, epoch }: LogPosition): void {
    const now = this.#incarnations.indexOf(incarnation);
    for (const write of this.writes) {
      if (write.done === null) continue;
      const then = this.#incarnations.indexOf(write.done.incarnation);
      if (then < now || (then === now && write.done.epoch <= epoch)) this.raise(node, write);
    }
  }

  /** A process has died, and with it what only its node was promised. */
  died(node: number): void {
    this.#nodes[node]?.clear();
  }
}
