import type { LogPosition } from "@weir/cache";

export type Write = {
  readonly key: number;
  readonly version: number;
  /** The position of its last invalidation on the server; null before the first. */
  done: LogPosition | null;
};

const shape = /^t:write:(\d+):(\d+)$/u;

/** The tag that identifies a write in the log. */
export const tagOfWrite = ({ key, version }: Pick<Write, "key" | "version">): string => `write:${key}:${version}`;

/**
 * What has been written, and by node and key the minimum version that a read starting now may return, given the
 * promises so far (rule C1).
 */
export class Promises {
  readonly writes: Write[] = [];
  readonly #nodes: Map<number, number>[];
  readonly #everybody = new Map<number, number>();
  /** In the order in which they started. */
  readonly #incarnations: string[] = [];

  constructor(nodes: number) {
    this.#nodes = Array.from({ length: nodes }, () => new Map<number, number>());
  }

  of(node: number, key: number): number {
    return Math.max(this.#nodes[node]?.get(key) ?? 1, this.#everybody.get(key) ?? 1);
  }

  /** The database's value of a key. */
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

  /** A node starts following the log here: earlier entries count as arrived. */
  began(node: number, { incarnation, epoch }: LogPosition): void {
    const now = this.#incarnations.indexOf(incarnation);
    for (const write of this.writes) {
      if (write.done === null) continue;
      const then = this.#incarnations.indexOf(write.done.incarnation);
      if (then < now || (then === now && write.done.epoch <= epoch)) this.raise(node, write);
    }
  }

  /** A process has died, and with it the promises made only to its node. */
  died(node: number): void {
    this.#nodes[node]?.clear();
  }
}
