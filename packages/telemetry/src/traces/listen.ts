import { type CacheMessage, channels, type RedisMessage, type RpcMessage, type SqlMessage } from "@weir/core/channels";
import { currentScope, type RequestScope, type Scope } from "@weir/core/scope";
import { type EndedRequest, Recording, type RecordingPool } from "./recording";

/** A load asks for little else than its statement. */
const mostHeard = 64;

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
    if (batch.messages.length < mostHeard) batch.messages.push({ message, endMs });
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
