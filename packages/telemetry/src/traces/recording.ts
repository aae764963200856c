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

/** A shared load publishes little besides its statement. */
const maxBatchMessages = 64;

/** Replaces the recording of a request whose response is being sent: later messages belong to no request. */
const ended: object = Object.freeze({});

/** The recording for this scope; null if its request has no end, or another tracer owns its spans. */
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
 * The scopes that the current message belongs to: one per request, the publisher's own first. A request that waits in
 * several places is included once.
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
  /** Called for each recorded request when it ends. The listener must return the recording to the pool. */
  onEnd: (recording: Recording, ended: EndedRequest) => void;
};

/**
 * Records channel messages under the request in whose scope they are published. A span's start is its end minus its
 * duration. Returns the unsubscribe function.
 */
export function listen({ pool, onEnd }: ListenOptions): () => void {
  function onCache(message: CacheMessage): void {
    if (message.type !== "read" && message.type !== "load") return;
    const scope = currentScope();
    if (scope === undefined || scope.untraced === true) return;
    recordingOf(scope, pool)?.note(message, scope, message.endedAtMs ?? performance.now(), 1);
  }

  /** Messages for several loads at once are stored once; each request finds them through the scope of its load. */
  function noteForAll(scope: Scope, message: object, endMs: number): boolean {
    const { batch } = scope;
    if (batch === undefined || batch === null || !batch.isInFlight) return false;
    if (batch.messages.length < maxBatchMessages) batch.messages.push({ message, endMs });
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

  /** The scope's existing recording: these messages are not worth starting one. */
  function existing(): Recording | null {
    const spans = currentScope()?.request.spans;
    return spans instanceof Recording && spans.owner === pool ? spans : null;
  }

  const ends = [
    channels.cache.subscribe(onCache),
    channels.sql.subscribe(onSql),
    channels.redis.subscribe(onRedis),
    channels.rpc.subscribe(onRpc),
    channels.response.subscribe((message) => {
      if (message.durationMs !== null) existing()?.note(message, null, message.endedAtMs ?? performance.now(), 1);
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

/** Messages beyond this limit are only counted. */
const maxNotes = 256;
/** Array slots that a recording keeps for the next request. */
const placesKept = 64;

const requestsOf = ({ scopes }: BatchedLoad): number => new Set(scopes.map(({ request }) => request)).size;

/** The messages of one request so far. Nearly all recordings are discarded, so a message is only stored, not processed. */
export class Recording {
  readonly owner: RecordingPool;
  readonly #messages: (Noted | null)[] = [];
  readonly #scopes: (Scope | null)[] = [];
  readonly #endsMs: number[] = [];
  readonly #shared: number[] = [];
  request: RequestScope | null = null;
  count = 0;
  omitted = 0;
  /** Its own statements, without those that ran for several requests. */
  statements = 0;
  /** A subscription: it lasts as long as its client listens and is not ranked. */
  isStream = false;
  /** The failed call, else the longest so far; for a request without calls, the scope's procedure. */
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

  /** Keeps a message, which must not change any more. `shared`: the number of requests it was for. */
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

  /** Records the end of a call. A failed call represents the request, else the longest. */
  called(procedure: string, durationMs: number, errorCode: string | null, origin: Origin): void {
    const outranks =
      (errorCode !== null) === (this.errorCode !== null) ? durationMs > this.#leadMs : errorCode !== null;
    if (!outranks) return;
    this.#leadMs = durationMs;
    this.procedure = procedure;
    this.errorCode = errorCode;
    this.origin = origin;
  }

  /** The spans that ended up to `untilMs`. Work shared with other loads appears once. */
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
      for (const { message: batched, endMs } of together.messages) {
        // Shared messages are stored as published, so they have this type.
        if (endMs <= untilMs) yield* cellsOf(batched as Noted, endMs, scope, shared);
      }
    }
  }

  /** Prepares for reuse: releases the request's data and the memory of a large one. */
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

/** Unused recordings, so that a request allocates no arrays. */
export class RecordingPool {
  readonly #free: Recording[] = [];
  #inUse = 0;

  /** Recordings taken and not yet returned. */
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

/** Messages recorded while a request is running, stored as published. */
export type Noted =
  | CacheReadMessage
  | CacheLoadMessage
  | SqlMessage
  | RedisMessage
  | RpcMessage
  | ResponseMessage
  | SpanMessage;

/** One span of a request that is being built into a trace. */
export type SpanCell = {
  readonly kind: SpanKind;
  readonly name: string;
  /** As `performance.now()`: the time of publishing, which is the end. */
  readonly endMs: number;
  readonly durationMs: number;
  readonly ok: boolean;
  /** The scope it was published in; null if that belongs to another request. */
  readonly scope: Scope | null;
  /** The outcome of a read, an error code, or the text of a statement. */
  readonly detail: string | null;
  readonly tier: CacheTier | null;
  /** Keys of a load, rows of a statement, bytes of a response. */
  readonly amount: number;
  /** Number of requests it was for. */
  readonly shared: number;
  readonly background: boolean;
  readonly parameters: readonly unknown[] | null;
};

const nothing = { ok: true, detail: null, tier: null, amount: 0, background: false, parameters: null };

/** The spans described by a message, in order of their end. */
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
