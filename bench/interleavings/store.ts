/** A stream entry as XREAD returns it. */
export type StreamEntry = readonly [id: string, fields: string[]];

type Text = { value: string; untilMs: number };

/**
 * A simulated Redis server, as far as the engine uses one: texts that expire, hashes, and the log. Commands and scripts
 * run one at a time. `store.int.test.ts` compares it with a real server.
 */
export class Store {
  runId = "run-1";
  /** This many invalidations are rejected, as by a server whose memory is full; unlike there, nothing else is. */
  refusals = 0;
  texts = new Map<string, Text>();
  hashes = new Map<string, Map<string, string>>();
  sortedSets = new Map<string, Map<string, number>>();
  streams = new Map<string, StreamEntry[]>();
  /** The server's clock, in ms. */
  readonly nowMs: () => number;
  /** Called with every stream entry as it is written. */
  readonly appended: (fields: readonly string[]) => void;
  #lastId = 0;

  constructor(nowMs: () => number, appended: (fields: readonly string[]) => void = () => undefined) {
    this.nowMs = nowMs;
    this.appended = appended;
  }

  get(key: string): string | null {
    const text = this.texts.get(key);
    if (text === undefined) return null;
    if (text.untilMs > this.nowMs()) return text.value;
    this.texts.delete(key);
    return null;
  }

  set(key: string, value: string, lifetimeMs = Number.POSITIVE_INFINITY): void {
    this.texts.set(key, { value, untilMs: this.nowMs() + lifetimeMs });
  }

  /** 1 when the key existed and its lifetime was extended. */
  expire(key: string, lifetimeMs: number): number {
    const value = this.get(key);
    if (value === null) return 0;
    this.set(key, value, lifetimeMs);
    return 1;
  }

  delete(key: string): void {
    this.texts.delete(key);
    this.hashes.delete(key);
    this.sortedSets.delete(key);
  }

  /** Deletes everything; IDs continue, because a server derives them from time. */
  wipe(): void {
    this.texts.clear();
    this.hashes.clear();
    this.sortedSets.clear();
    this.streams.clear();
  }

  hash(key: string): Map<string, string> {
    let hash = this.hashes.get(key);
    if (hash === undefined) {
      hash = new Map();
      this.hashes.set(key, hash);
    }
    return hash;
  }

  sortedSet(key: string): Map<string, number> {
    let set = this.sortedSets.get(key);
    if (set === undefined) {
      set = new Map();
      this.sortedSets.set(key, set);
    }
    return set;
  }

  /** Removes and returns the members with the lowest scores, lowest first. */
  popLowest(key: string, count: number): (readonly [member: string, score: number])[] {
    const set = this.sortedSet(key);
    const inOrder = [...set].toSorted(
      ([one, oneScore], [other, otherScore]) => oneScore - otherScore || (one < other ? -1 : 1),
    );
    const popped = inOrder.slice(0, Math.max(0, count));
    for (const [member] of popped) set.delete(member);
    return popped;
  }

  stream(key: string): StreamEntry[] {
    let stream = this.streams.get(key);
    if (stream === undefined) {
      stream = [];
      this.streams.set(key, stream);
    }
    return stream;
  }

  /** IDs are counters, not times: only their order matters. */
  append(key: string, fields: string[], most: number): void {
    const stream = this.stream(key);
    this.#lastId += 1;
    stream.push([`${this.#lastId}-0`, fields]);
    if (stream.length > most) stream.splice(0, stream.length - most);
    this.appended(fields);
  }

  after(key: string, id: string): StreamEntry[] {
    const from = Number.parseInt(id, 10);
    return this.stream(key).filter(([own]) => Number.parseInt(own, 10) > from);
  }

  /** A snapshot of the current contents. */
  snapshot(): () => void {
    const texts = [...this.texts].map(([key, text]) => [key, { ...text }] as const);
    const hashes = [...this.hashes].map(([key, hash]) => [key, new Map(hash)] as const);
    const sets = [...this.sortedSets].map(([key, set]) => [key, new Map(set)] as const);
    const streams = [...this.streams].map(([key, stream]) => [key, [...stream]] as const);
    return () => {
      this.texts = new Map(texts.map(([key, text]) => [key, { ...text }]));
      this.hashes = new Map(hashes.map(([key, hash]) => [key, new Map(hash)]));
      this.sortedSets = new Map(sets.map(([key, set]) => [key, new Map(set)]));
      this.streams = new Map(streams.map(([key, stream]) => [key, [...stream]]));
      const ids = streams.flatMap(([, stream]) => stream.map(([id]) => Number.parseInt(id, 10)));
      this.#lastId = Math.max(0, ...ids);
    };
  }
}
