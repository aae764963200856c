import {
  type ResponseMessage,
  type CacheLoadMessage,
  type CacheMessage,
  type CacheReadMessage,
  type CacheTier,
  channels,
  type RedisMessage,
  type RpcMessage,
  type SpanMessage,
  type SqlMessage,
} from "@weir/core/channels";
import { currentScope, type BatchedLoad, type Origin, type RequestScope, type Scope } from "@weir/core/scope";
import type { SpanKind } from "./types";

/** A load asks for little else than its statement. */
const maxHeard = 64;

/** Stands for the recording of a request whose answer is on its way: what comes later belongs to nobody. */
const ended: object = Object.freeze({});

/** Where spans of this scope go; null for a scope without a request that ends, or whose spans another one collects. */
function recordingOf(scope: Scope, pool: RecordingPool): Recording | null {
  const { request } = scope;
  const { spans } = request;
  if (spans instanceof Recording) return spans.owner === pool ? spans : null;
  if (spans !== null || scope.untraced === true) return null;
  const recording = pool.take(request, scope);
  request.spans = recording;
  return recording;
}

/**
 * The scopes that what is published now belongs to: one per request, the publisher's own first. A request that waits for
 * it in several places gets it once.
 */
function sharers(scope: Scope | undefined, sharedWith: readonly Scope[]): readonly Scope[] {
  const requests = new Set<RequestScope>();
  const scopes: Scope[] = [];
  for (const one of scope === undefined ? sharedWith : [scope, ...sharedWith]) {
    if (requests.has(one.request)) continue;
    requests.add(one.request);
    scopes.push(one);
  }
  return scopes;
}

export type ListenOptions = {
  pool: RecordingPool;
  /** Hears of each request that was recorded, once it has ended. The recording is the listener's to give back. */
  onEnd: (recording: Recording, ended: EndedRequest) => void;
};

/**
 * Notes what the channels say with the request in whose scope they say it. Start is end less duration. Returns the
 * function that ends it.
 */
export function listen({ pool, onEnd }: ListenOptions): () => void {
  function onCache(message: CacheMessage): void {
    if (message.type !== "read" && message.type !== "load") return;
    const scope = currentScope();
    if (scope === undefined || scope.untraced === true) return;
    recordingOf(scope, pool)?.note(message, scope, message.endedAtMs ?? performance.now(), 1);
  }

  /** What happens for several loads together is put down once; each request finds it by the scope of its load. */
  function noteForAll(scope: Scope, message: object, endMs: number): boolean {
    const { batch } = scope;
    if (batch === undefined || batch === null || !batch.isInFlight) return false;
    if (batch.messages.length < maxHeard) batch.messages.push({ message, endMs });
    return true;
  }

  function onSql(message: SqlMessage): void {
    const scope = currentScope();
    if (scope === undefined) return;
    const endMs = message.endedAtMs ?? performance.now();
    if (noteForAll(scope, message, endMs)) return;
    const recording = recordingOf(scope, pool);
    if (recording === null) return;
    recording.statements += 1;
    recording.note(message, scope, endMs, 1);
  }

  function onRedis(message: RedisMessage): void {
    const scope = currentScope();
    const endMs = message.endedAtMs ?? performance.now();
    const { sharedWith } = message;
    if (sharedWith !== undefined) {
      const scopes = sharers(scope, sharedWith);
      for (const one of scopes) recordingOf(one, pool)?.note(message, one, endMs, scopes.length);
      return;
    }
    if (scope === undefined || noteForAll(scope, message, endMs)) return;
    recordingOf(scope, pool)?.note(message, scope, endMs, 1);
  }

  function onRpc(message: RpcMessage): void {
    const scope = currentScope();
    if (scope === undefined || scope.untraced === true) return;
    const recording = recordingOf(scope, pool);
    if (recording === null) return;
    const { procedure, durationMs, errorCode } = message;
    if (message.type === "subscription") recording.isStream = true;
    recording.called(procedure, durationMs, errorCode, scope.origin);
    recording.note(message, scope, message.endedAtMs ?? performance.now(), 1);
  }

  /** The recording that the scope has already: what is heard here is not worth one by itself. */
  function begun(): Recording | null {
    const spans = currentScope()?.request.spans;
    return spans instanceof Recording && spans.owner === pool ? spans : null;
  }

  const ends = [
    channels.cache.subscribe(onCache),
    channels.sql.subscribe(onSql),
    channels.redis.subscribe(onRedis),
    channels.rpc.subscribe(onRpc),
    channels.response.subscribe((message) => {
      if (message.durationMs !== null) begun()?.note(message, null, message.endedAtMs ?? performance.now(), 1);
    }),
    channels.span.subscribe((message) => {
      const scope = currentScope();
      if (scope === undefined) return;
      recordingOf(scope, pool)?.note(message, scope, message.endedAtMs ?? performance.now(), 1);
    }),
    channels.request.subscribe(({ request, durationMs, endedAtMs, calls }) => {
      const { spans } = request;
      if (!(spans instanceof Recording) || spans.owner !== pool) return;
      request.spans = ended;
      onEnd(spans, { request, durationMs, endMs: endedAtMs, calls });
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** More than these are counted only. */
const maxNotes = 256;
/** What a recording keeps of its places for the next request. */
const placesKept = 64;

const requestsOf = ({ scopes }: BatchedLoad): number => new Set(scopes.map(({ request }) => request)).size;

/** What one request did so far. Nearly all are thrown away, so a message costs no more than to be put down. */
export class Recording {
  readonly owner: RecordingPool;
  readonly #messages: (Noted | null)[] = [];
  readonly #scopes: (Scope | null)[] = [];
  readonly #endsMs: number[] = [];
  readonly #shared: number[] = [];
  request: RequestScope | null = null;
  count = 0;
  omitted = 0;
  /** Of its own: those that ran for several requests together are not among them. */
  statements = 0;
  /** A subscription: it lasts for as long as somebody listens, and has no place among answers. */
  isStream = false;
  /** The call that failed, else the one that took longest so far; of a request without calls, what its scope says. */
  procedure: string | null = null;
  origin: Origin = "app";
  errorCode: string | null = null;
  #leadMs = -1;

  constructor(owner: RecordingPool) {
    this.owner = owner;
  }

  begin(request: RequestScope, { procedure, origin }: Scope): void {
    this.request = request;
    this.count = 0;
    this.omitted = 0;
    this.statements = 0;
    this.isStream = false;
    this.procedure = procedure;
    this.origin = origin;
    this.errorCode = null;
    this.#leadMs = -1;
  }

  /** Keeps a message, which nobody may change any more. `shared`: for how many requests it happened. */
  note(message: Noted, scope: Scope | null, endMs: number, shared: number): void {
    const { count } = this;
    if (count >= maxNotes) {
      this.omitted += 1;
      return;
    }
    this.#messages[count] = message;
    this.#scopes[count] = scope;
    this.#endsMs[count] = endMs;
    this.#shared[count] = shared;
    this.count = count + 1;
  }

  /** A call has ended. One that failed stands for the request, else the longest one. */
  called(procedure: string, durationMs: number, errorCode: string | null, origin: Origin): void {
    const outranks =
      (errorCode !== null) === (this.errorCode !== null) ? durationMs > this.#leadMs : errorCode !== null;
    if (!outranks) return;
    this.#leadMs = durationMs;
    this.procedure = procedure;
    this.errorCode = errorCode;
    this.origin = origin;
  }

  /** The spans that ended until `untilMs`. What was done for a load together with those of others stands once. */
  *cells(untilMs = Number.POSITIVE_INFINITY): Generator<SpanCell> {
    const batches = new Set<BatchedLoad>();
    for (let index = 0; index < this.count; index += 1) {
      const message = this.#messages[index] ?? null;
      if (message === null) continue;
      const scope = this.#scopes[index] ?? null;
      yield* cellsOf(message, this.#endsMs[index] ?? 0, scope, this.#shared[index] ?? 1);
      const together = scope?.batch ?? null;
      if (together === null || batches.has(together)) continue;
      batches.add(together);
      const shared = requestsOf(together);
      for (const { message: heard, endMs } of together.messages) {
        // Whoever hears of a load puts down what the channels told.
        if (endMs <= untilMs) yield* cellsOf(heard as Noted, endMs, scope, shared);
      }
    }
  }

  /** Makes it ready to wait for another request: holds nothing of this one, nor the memory that a large one took. */
  clear(): void {
    this.request = null;
    for (let index = 0; index < this.count; index += 1) {
      this.#messages[index] = null;
      this.#scopes[index] = null;
    }
    this.count = 0;
    if (this.#messages.length <= placesKept) return;
    for (const places of [this.#messages, this.#scopes, this.#endsMs, this.#shared]) places.length = placesKept;
  }
}

/** How a request ended. */
export type EndedRequest = {
  readonly request: RequestScope;
  readonly durationMs: number;
  /** As `performance.now()`. */
  readonly endMs: number;
  readonly calls: number;
};

const maxFree = 512;

/** Recordings that nobody uses, so that a request costs no new arrays. */
export class RecordingPool {
  readonly #free: Recording[] = [];
  #inUse = 0;

  /** How many were taken and not given back. */
  get inUse(): number {
    return this.#inUse;
  }

  take(request: RequestScope, scope: Scope): Recording {
    const recording = this.#free.pop() ?? new Recording(this);
    this.#inUse += 1;
    recording.begin(request, scope);
    return recording;
  }

  give(recording: Recording): void {
    this.#inUse -= 1;
    recording.clear();
    if (this.#free.length < maxFree) this.#free.push(recording);
  }
}

/** What is noted of a request while it lasts: the messages themselves. */
export type Noted =
  | CacheReadMessage
  | CacheLoadMessage
  | SqlMessage
  | RedisMessage
  | RpcMessage
  | ResponseMessage
  | SpanMessage;

/** One span of a request that is looked at closer. */
export type SpanCell = {
  readonly kind: SpanKind;
  readonly name: string;
  /** As `performance.now()`: when it was published, which is when it ended. */
  readonly endMs: number;
  readonly durationMs: number;
  readonly ok: boolean;
  /** In which it was published; null for what was published in somebody else's. */
  readonly scope: Scope | null;
  /** The outcome of a read, the code of an error, or the text of a statement. */
  readonly detail: string | null;
  readonly tier: CacheTier | null;
  /** Keys of a load, rows of a statement, bytes of an answer. */
  readonly amount: number;
  /** Requests that it was for. */
  readonly shared: number;
  readonly background: boolean;
  readonly parameters: readonly unknown[] | null;
};

const nothing = { ok: true, detail: null, tier: null, amount: 0, background: false, parameters: null };

/** The spans that a message tells of, those that ended first first. */
function cellsOf(message: Noted, endMs: number, scope: Scope | null, shared: number): SpanCell[] {
  const common = { ...nothing, endMs, scope, shared };
  if ("statement" in message) {
    const { statement: name, text: detail, rows: amount, waitMs, durationMs, ok, parameters = null } = message;
    const cell: SpanCell = { ...common, kind: "statement", name, durationMs, ok, detail, amount, parameters };
    if (waitMs <= 0) return [cell];
    return [{ ...common, kind: "pool", name: "database", endMs: endMs - durationMs, durationMs: waitMs }, cell];
  }
  if ("connection" in message) {
    const { connection, command, durationMs, ok } = message;
    return [{ ...common, kind: "redis", name: `${connection} ${command}`, durationMs, ok }];
  }
  if ("errorCode" in message) {
    const { procedure: name, durationMs, ok, errorCode: detail } = message;
    return [{ ...common, kind: "procedure", name, durationMs, ok, detail }];
  }
  if ("outcome" in message) {
    const { group: name, outcome: detail, tier, durationMs } = message;
    return [{ ...common, kind: "cache", name, durationMs, ok: detail !== "error", detail, tier }];
  }
  if ("keys" in message) {
    const { group: name, durationMs, ok, keys: amount, background } = message;
    return [{ ...common, kind: "load", name, durationMs, ok, amount, background }];
  }
  if ("kind" in message) {
    const { kind, name, durationMs, ok } = message;
    return [{ ...common, kind, name, durationMs, ok }];
  }
  const { procedure: name, bytes: amount, durationMs } = message;
  return [{ ...common, kind: "serialise", name, durationMs: durationMs ?? 0, amount, scope: null }];
}
