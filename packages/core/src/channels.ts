import { channel as nodeChannel } from "node:diagnostics_channel";
import type { Redis } from "ioredis";
import type { CallCounts, Origin, RequestScope, Scope } from "./scope";

/** How the read of one key ended (rule C5). For a `hit` the message also names the tier. */
export type CacheOutcome = "hit" | "stale" | "negative" | "coalesced" | "miss" | "error" | "bypass";
export type CacheTier = "l1" | "l2";

/**
 * The end, on the clock of `performance.now()`. Present where the publisher has read the clock anyway, so that subscribers
 * need not read it again. Start = end − duration.
 */
type Ended = { endedAtMs?: number | undefined };

export type CacheReadMessage = Ended & {
  type: "read";
  group: string;
  outcome: CacheOutcome;
  /** The tier that had the value; null when none had it. */
  tier: CacheTier | null;
  durationMs: number;
  /** Duration of the read's own successful load, else null. Count loads with `CacheLoadMessage`. */
  loadMs: number | null;
  /** Families of the entry's tags, without duplicates: `order:*`. Absent where there are none or they are unknown. */
  families?: readonly string[] | undefined;
  /** Names of the epochs that the entry depends on, including those of its tags (`t:order:1`). Present with `families`. */
  marks?: readonly string[] | undefined;
};

export type CacheInvalidationMessage = Ended & {
  type: "invalidation";
  /** The logical clock after this invalidation. */
  epoch: number;
  mode: "purge" | "expire";
  tags: readonly string[];
  /** True on the node that requested it, false where it arrived through the log. */
  local: boolean;
};

/**
 * One load, which is what reaches the database: each call of a definition's `load`, or one call of its `loadMany` for all
 * of its keys. Published at the end of every load, failed or not, with or without readers that wait for it; refreshes and
 * bypassing reads included.
 */
export type CacheLoadMessage = Ended & {
  type: "load";
  group: string;
  durationMs: number;
  /** False when the load threw. */
  ok: boolean;
  /** Number of keys. */
  keys: number;
  /** True for a refresh, which no read waits for. */
  background: boolean;
};

/** The circuit breaker between this node and Redis changed its state: while `open`, Redis is not used. */
export type CacheBreakerMessage = Ended & { type: "breaker"; state: "closed" | "open" | "half-open" };

export type BreakerState = CacheBreakerMessage["state"];

/** What happened to a loaded value. */
export type CacheFillMessage = Ended & {
  type: "fill";
  group: string;
  /** Length of its JSON in UTF-16 units, which are bytes for ASCII; 0 when it was not stored. */
  bytes: number;
  stored: boolean;
  /**
   * Why it was not stored: an invalidation during the load covers it (`stale`); or the definition does not store it, or
   * another load stores it (`unwanted`). Null when it was stored.
   */
  reason: "stale" | "unwanted" | null;
};

/** Entries that were evicted from this process's memory. */
export type CacheEvictionMessage = Ended & { type: "eviction"; group: string; count: number };

export type CacheMessage =
  | CacheReadMessage
  | CacheLoadMessage
  | CacheInvalidationMessage
  | CacheBreakerMessage
  | CacheFillMessage
  | CacheEvictionMessage;

export type SqlMessage = Ended & {
  /** The name that was given to `prepared()`, else a fingerprint of the text. */
  statement: string;
  /** The statement with placeholders, without values. */
  text: string;
  /** Wait for a permit of the gate. */
  waitMs: number;
  /** From the permit to the last row. */
  durationMs: number;
  rows: number;
  ok: boolean;
  /** The values as Drizzle encoded them; only with `publishesParameters`, which is for development. */
  parameters?: readonly unknown[] | undefined;
};

export type RpcMessage = Ended & {
  procedure: string;
  type: "query" | "mutation" | "subscription";
  durationMs: number;
  ok: boolean;
  /** tRPC's error code (`NOT_FOUND`, …); null when ok. */
  errorCode: string | null;
  /** Size of the response body, where it is known already; otherwise a `ResponseMessage` follows. */
  bytes?: number | undefined;
  /** What the call requested from cache and database; absent when not counted. Read it at once: the object is reused. */
  counts?: Readonly<CallCounts> | undefined;
  /** Calls of this procedure in flight when this one began, including itself; absent where they are not counted. */
  inFlight?: number | undefined;
};

/** The response body of a call was written, alone or as part of a batch. */
export type ResponseMessage = Ended & {
  procedure: string;
  /** The origin that the call is counted under. */
  origin: Origin;
  bytes: number;
  /** Time to serialise it as JSON; null when not measured. */
  durationMs: number | null;
};

/** One run of a background job has ended. */
export type JobMessage = {
  job: string;
  /** From its due time to its start. */
  waitMs: number;
  runMs: number;
  ok: boolean;
};

/** Counters of telemetry itself. Their positions are part of the stored format: append new counters at the end. */
export const observerCounters = [
  "flushes",
  /** Observed time, summed over all processes. */
  "elapsedUs",
  "messages",
  /** Estimated: messages × the measured cost of one. */
  "recordUs",
  /** Measured: closing and encoding slots, and passing them to the Redis client. */
  "flushUs",
  /** Building and encoding traces. */
  "traceUs",
  "commands",
  "failedWrites",
  "fineBytes",
  "coarseBytes",
  "textBytes",
  "traceBytes",
  "dropped",
  /** Slots stored later than one flush interval after their end. */
  "slotsLate",
  "tracesKept",
  "tracesDropped",
  /** Exceptions in subscribers. */
  "listenerFailures",
  /** Sent to an OpenTelemetry collector, and lost on the way to it. */
  "exportedSpans",
  "exportLostSpans",
  "exportFailures",
  /** Failures to sample this process or to close its slots; recording continues with the next flush. */
  "failedFlushes",
] as const;
export type ObserverCounter = (typeof observerCounters)[number];

/** An increment of one of the `observerCounters`. */
export type ObserverMessage = { counter: ObserverCounter; value: number };

export type RedisMessage = Ended & {
  connection: string;
  command: string;
  durationMs: number;
  ok: boolean;
  /** The scopes that the command was sent for, if several: the publisher's own is one of them; duplicates are possible. */
  sharedWith?: readonly Scope[] | undefined;
};

/**
 * The response to a request was passed to the socket, or the client has disconnected. Only for requests whose scope has
 * `spans`; it is the last message about them.
 */
export type RequestMessage = {
  request: RequestScope;
  /** From the head of the request to the end of the response, within this process. */
  durationMs: number;
  /** The end, on the clock of `performance.now()`. */
  endedAtMs: number;
  /** Number of calls in it. */
  calls: number;
};

/**
 * Time that a request spent on work that no other channel covers: `compute` for CPU work, on or off the event loop; `pool`
 * for a wait for the database that ended without a connection.
 */
export type SpanMessage = Ended & { kind: "compute" | "pool"; name: string; durationMs: number; ok: boolean };

export type Channel<Message> = {
  /** Check this before building a costly message. */
  readonly hasSubscribers: boolean;
  /** Calls all subscribers synchronously, in the publisher's async context. */
  publish: (message: Message) => void;
  /** Returns a function that ends the subscription. An exception in a subscriber is caught and counted (rule T2). */
  subscribe: (listener: (message: Message) => void) => () => void;
};

let failures = 0;

/** Number of exceptions in subscribers since the process started. */
export function listenerFailures(): number {
  return failures;
}

function openChannel<Message>(name: string): Channel<Message> {
  const inner = nodeChannel(name);
  return {
    get hasSubscribers() {
      return inner.hasSubscribers;
    },
    publish: (message) => inner.publish(message),
    subscribe: (listener) => {
      const guarded = (message: unknown): void => {
        try {
          // Only the typed `publish` above sends to this channel.
          listener(message as Message);
        } catch {
          failures += 1;
        }
      };
      inner.subscribe(guarded);
      return () => void inner.unsubscribe(guarded);
    },
  };
}

/**
 * What happens in the engines, published where it happens. Publishers know no subscriber; telemetry is one. Each channel is
 * also a channel of `node:diagnostics_channel`, named `weir:` and the key.
 */
export const channels = {
  rpc: openChannel<RpcMessage>("weir:rpc"),
  cache: openChannel<CacheMessage>("weir:cache"),
  sql: openChannel<SqlMessage>("weir:sql"),
  redis: openChannel<RedisMessage>("weir:redis"),
  response: openChannel<ResponseMessage>("weir:response"),
  job: openChannel<JobMessage>("weir:job"),
  observer: openChannel<ObserverMessage>("weir:observer"),
  request: openChannel<RequestMessage>("weir:request"),
  span: openChannel<SpanMessage>("weir:span"),
};

/**
 * Runs one background job and publishes how long it took and whether it threw. `dueAtMs`, on the clock of
 * `performance.now()`, is its due time; null for a job without one.
 */
export async function publishRun<Result>(
  job: string,
  dueAtMs: number | null,
  work: () => Promise<Result>,
): Promise<Result> {
  const beganAtMs = performance.now();
  const waitMs = dueAtMs === null ? 0 : Math.max(0, beganAtMs - dueAtMs);
  let ok = false;
  try {
    const result = await work();
    ok = true;
    return result;
  } finally {
    channels.job.publish({ job, waitMs, runMs: performance.now() - beganAtMs, ok });
  }
}

type Send = Redis["sendCommand"];

/**
 * Publishes every command of a client on `channels.redis` when it settles, in the async context of its caller. For clients
 * whose commands are not published otherwise.
 */
export function publishCommands(redis: Redis, connection: string): void {
  // ioredis sends every command, those of pipelines included, through this method of the object.
  const send: Send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...args: Parameters<Send>): ReturnType<Send> => {
    const [command] = args;
    if (!channels.redis.hasSubscribers) return send(...args);
    const startedAtMs = performance.now();
    const name = command.name.toUpperCase();
    const publish = (ok: boolean): void => {
      const endedAtMs = performance.now();
      channels.redis.publish({ connection, command: name, durationMs: endedAtMs - startedAtMs, ok, endedAtMs });
    };
    command.promise.then(
      () => publish(true),
      () => publish(false),
    );
    return send(...args);
  };
}
