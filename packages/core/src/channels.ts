import { channel as nodeChannel } from "node:diagnostics_channel";
import type { CallCounts, Origin, RequestScope, Scope } from "./scope";

/** How one key read ended (rule C5). `hit` names its tier beside it. */
export type CacheOutcome = "hit" | "stale" | "negative" | "coalesced" | "miss" | "error" | "bypass";
export type CacheTier = "l1" | "l2";

/**
 * When it ended, as `performance.now()`, where the publisher has looked at the clock anyway: a listener then need not look
 * again. Begin = end − duration.
 */
type Ended = { endedAtMs?: number | undefined };

export type CacheReadMessage = Ended & {
  type: "read";
  group: string;
  outcome: CacheOutcome;
  /** The tier that answered; null when none did. */
  tier: CacheTier | null;
  durationMs: number;
  /** Time that this read spent in a load of its own that succeeded, else null. To count loads take `CacheLoadMessage`. */
  loadMs: number | null;
  /** Families of the tags that the entry carries, each once: `city:*`. Absent where there are none or they are not known. */
  families?: readonly string[] | undefined;
  /** The entry's marks, those of its tags (`t:city:1`) among them; only beside `families`. */
  marks?: readonly string[] | undefined;
};

export type CacheInvalidationMessage = Ended & {
  type: "invalidation";
  /** The logical clock after this invalidation. */
  epoch: number;
  mode: "purge" | "expire";
  tags: readonly string[];
  /** True on the node that asked for it, false where it arrived by the log. */
  local: boolean;
};

/**
 * One run of a load, which is what the database feels: each call of a definition's `load`, or one call of its `loadMany`
 * for all its keys together. Published when the run has ended, whether it failed, whoever waited for it and whether
 * anybody did; refreshes and bypassing reads are among them.
 */
export type CacheLoadMessage = Ended & {
  type: "load";
  group: string;
  durationMs: number;
  /** False when it threw. */
  ok: boolean;
  /** How many keys it was asked for. */
  keys: number;
  /** True for a refresh, which no read asked to wait for. */
  background: boolean;
};

/** The shared tier of one node changed its state: `open` means that Redis fails and is left alone for a while. */
export type CacheBreakerMessage = Ended & { type: "breaker"; state: "closed" | "open" | "half-open" };

export type BreakerState = CacheBreakerMessage["state"];

/** What became of a value that a load brought. */
export type CacheFillMessage = Ended & {
  type: "fill";
  group: string;
  /** Letters of its JSON, which are bytes where it is ASCII; 0 when it was not stored. */
  bytes: number;
  stored: boolean;
  /**
   * Why it was not stored: something that touches it was invalidated while it was loaded (`stale`), or the definition
   * does not keep it, or this load was not the one to store it (`unwanted`). Null when it was.
   */
  reason: "stale" | "unwanted" | null;
};

/** Entries that this process's memory gave up for want of room. */
export type CacheEvictionMessage = Ended & { type: "eviction"; group: string; count: number };

export type CacheMessage =
  | CacheReadMessage
  | CacheLoadMessage
  | CacheInvalidationMessage
  | CacheBreakerMessage
  | CacheFillMessage
  | CacheEvictionMessage;

export type SqlMessage = Ended & {
  /** The name given to `prepared()`, else a fingerprint of the text. */
  statement: string;
  /** The statement with placeholders; never its values. */
  text: string;
  /** Time waited for a permit of the gate. */
  waitMs: number;
  /** From the permit to the last row. */
  durationMs: number;
  rows: number;
  ok: boolean;
  /** Its values as Drizzle encoded them; absent unless the database was told to tell them, which is for development. */
  parameters?: readonly unknown[] | undefined;
};

export type RpcMessage = Ended & {
  procedure: string;
  type: "query" | "mutation" | "subscription";
  durationMs: number;
  ok: boolean;
  /** tRPC's error code (`NOT_FOUND`, …); null when ok. */
  errorCode: string | null;
  /** Bytes of the body that answers it, where they are known by now; else an `ResponseMessage` follows. */
  bytes?: number | undefined;
  /** What it asked of cache and database; absent when nobody counted. Read it at once: it may be used again. */
  counts?: Readonly<CallCounts> | undefined;
  /** Calls of this procedure under way when this one began, itself included; absent where they are not counted. */
  inFlight?: number | undefined;
};

/** The body of a call's answer was written, alone or as a part of a batch's. */
export type ResponseMessage = Ended & {
  procedure: string;
  /** Under which the call was counted. */
  origin: Origin;
  bytes: number;
  /** Time to write it as JSON; null when that was not timed. */
  durationMs: number | null;
};

/** One run of background work has ended. */
export type JobMessage = {
  job: string;
  /** From when it was due to when it began. */
  waitMs: number;
  runMs: number;
  ok: boolean;
};

/** What is counted about observing itself. The places are part of what is stored: a new counter goes to the end. */
export const observerCounters = [
  "flushes",
  /** Time observed, all processes together. */
  "elapsedUs",
  "messages",
  /** Estimated: messages × the measured cost of one. */
  "recordUs",
  /** Measured: settling and encoding slots, and handing them to the client. */
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
  /** Times that a listener threw. */
  "listenerFailures",
  /** Sent to a collector of OpenTelemetry, and lost on the way to it. */
  "exportedSpans",
  "exportLostSpans",
  "exportFailures",
  /** Times that sampling this process, or settling its slots, failed; it goes on with the next flush. */
  "failedFlushes",
] as const;
export type ObserverCounter = (typeof observerCounters)[number];

/** Something to add to a counter about observing itself. */
export type ObserverMessage = { counter: ObserverCounter; value: number };

export type RedisMessage = Ended & {
  connection: string;
  command: string;
  durationMs: number;
  ok: boolean;
  /** Whom the command was sent for, where they are several: the publisher's own scope among them, some perhaps twice. */
  sharedWith?: readonly Scope[] | undefined;
};

/**
 * The answer to a request was handed to the socket, or nobody is there to take it. Only for requests whose scope has
 * `spans`; nothing is published about them after it.
 */
export type RequestMessage = {
  request: RequestScope;
  /** From the head of the request to the end of its answer, as far as this process is concerned. */
  durationMs: number;
  /** When it ended, as `performance.now()`. */
  endedAtMs: number;
  /** Calls that it was made of. */
  calls: number;
};

/**
 * Time that a request spent on something of its own which no other channel tells: `compute` for work on the processor,
 * off the event loop or on it; `pool` for a wait for the database that ended without a connection.
 */
export type SpanMessage = Ended & { kind: "compute" | "pool"; name: string; durationMs: number; ok: boolean };

export type Channel<Message> = {
  /** True when somebody listens: build costly messages only then. */
  readonly hasSubscribers: boolean;
  /** Synchronous, in the publisher's async context. */
  publish: (message: Message) => void;
  /** Returns the function that ends the subscription. A listener that throws is contained and counted (rule T2). */
  subscribe: (listener: (message: Message) => void) => () => void;
};

let failures = 0;

/** How often a listener threw since the process began. */
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
      const contained = (message: unknown): void => {
        try {
          // The channel is private to this module's `publish`, which is typed.
          listener(message as Message);
        } catch {
          failures += 1;
        }
      };
      inner.subscribe(contained);
      return () => void inner.unsubscribe(contained);
    },
  };
}

/** What happened, published at the edges by whoever did it; telemetry listens, nobody calls it. */
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
 * Runs one piece of background work and publishes how long it took and whether it threw. `dueAtMs`, on the clock of
 * `performance.now()`, says since when it waited; null: it did not.
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
