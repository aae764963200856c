import fc from "fast-check";
import {
  type CacheMessage,
  type JobMessage,
  observerCounters,
  type ObserverMessage,
  type RedisMessage,
  type RpcMessage,
  type SqlMessage,
} from "@weir/core/channels";
import type { Kind, SeriesOf } from "./kinds";

/** Whole nanoseconds, like the sums, so that the order of addition does not matter. */
const durationMs = fc.nat({ max: 2 ** 31 }).map((ns) => ns / 1e6);
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const rpcMessage: fc.Arbitrary<RpcMessage> = fc
  .record({
    procedure: fc.constantFrom("note.byId", "note.search"),
    type: fc.constant("query" as const),
    durationMs,
    errorCode: fc.constantFrom(null, "NOT_FOUND", "TIMEOUT", "INTERNAL_SERVER_ERROR"),
    bytes: sometimes(fc.nat({ max: 1e6 })),
    inFlight: sometimes(fc.integer({ min: 1, max: 200 })),
    counts: sometimes(
      fc.record({
        cacheReads: fc.nat({ max: 60 }),
        statements: fc.nat({ max: 60 }),
        poolWaitMs: durationMs,
        sqlMs: durationMs,
      }),
    ),
  })
  .map((message) => ({ ...message, ok: message.errorCode === null }));

const sqlMessage: fc.Arbitrary<SqlMessage> = fc.record({
  statement: fc.constantFrom("note.byId", "note.search"),
  text: fc.constant("select 1"),
  waitMs: durationMs,
  durationMs,
  rows: fc.nat({ max: 1e6 }),
  ok: fc.boolean(),
});

const cacheMessage: fc.Arbitrary<Exclude<CacheMessage, { type: "invalidation" | "breaker" }>> = fc.oneof(
  fc.record({
    type: fc.constant("read" as const),
    group: fc.constantFrom("note.byId", "note.search"),
    outcome: fc.constantFrom("hit", "stale", "negative", "coalesced", "miss", "error", "bypass"),
    tier: fc.constantFrom("l1", "l2", null),
    durationMs,
    loadMs: fc.option(durationMs),
  }),
  fc.record({
    type: fc.constant("load" as const),
    group: fc.constantFrom("note.byId", "note.search"),
    durationMs,
    ok: fc.boolean(),
    keys: fc.nat(),
    background: fc.boolean(),
  }),
  fc
    .record({
      type: fc.constant("fill" as const),
      group: fc.constant("note.byId"),
      reason: fc.constantFrom(null, "stale", "unwanted"),
    })
    .chain((fill) => fc.nat({ max: 1e6 }).map((bytes) => ({ ...fill, stored: fill.reason === null, bytes }))),
  fc.record({
    type: fc.constant("eviction" as const),
    group: fc.constant("note.byId"),
    count: fc.integer({ min: 1, max: 9 }),
  }),
);

const redisMessage: fc.Arbitrary<RedisMessage> = fc.record({
  connection: fc.constant("cache"),
  command: fc.constant("MGET"),
  durationMs,
  ok: fc.boolean(),
});
const jobMessage: fc.Arbitrary<JobMessage> = fc.record({
  job: fc.constant("outbox.sweep"),
  waitMs: durationMs,
  runMs: durationMs,
  ok: fc.boolean(),
});
const observerMessage: fc.Arbitrary<ObserverMessage> = fc.record({
  counter: fc.constantFrom(...observerCounters),
  value: fc.nat(),
});
const procedure = fc.option(fc.integer({ min: 0, max: 11 }).map((number) => `feature.procedure${number}`));
const small = fc.nat({ max: 1_000 });

/** One event for a series of a kind: records it into the given series. */
type Event<K extends Kind> = (series: SeriesOf[K]) => void;

/** For each kind, every event that can affect one of its series. */
export const eventsOf: { readonly [K in Kind]: fc.Arbitrary<Event<K>> } = {
  rpc: fc.oneof(
    rpcMessage.map((message) => (series: SeriesOf["rpc"]) => series.record(message)),
    small.map((bytes) => (series: SeriesOf["rpc"]) => series.recordBytes(bytes)),
  ),
  sql: fc.tuple(sqlMessage, procedure).map(
    ([message, by]) =>
      (series: SeriesOf["sql"]) =>
        series.record(message, by),
  ),
  cache: cacheMessage.map((message) => (series: SeriesOf["cache"]) => {
    if (message.type === "read") series.record(message);
    else if (message.type === "load") series.recordLoad(message);
    else if (message.type === "fill") series.recordFill(message);
    else series.recordEvictions(message.count);
  }),
  tag: fc
    .tuple(cacheMessage, fc.constantFrom("note:1", "note:2", "note:3"))
    .map(([message, member]) => (series: SeriesOf["tag"]) => {
      if (message.type !== "read") return;
      series.record(message);
      series.members.add(member, 1);
    }),
  redis: fc.oneof(
    redisMessage.map((message) => (series: SeriesOf["redis"]) => series.record(message)),
    fc
      .constantFrom("open", "half-open", "closed")
      .map((state) => (series: SeriesOf["redis"]) => series.recordBreaker({ type: "breaker", state })),
  ),
  job: jobMessage.map((message) => (series: SeriesOf["job"]) => series.record(message)),
  pool: fc.oneof(
    fc
      .record({
        max: small,
        inUse: small,
        queued: small,
        inUsePeak: small,
        queuedPeak: small,
        refused: small,
        expired: small,
        longestHeldMs: small,
      })
      .map((sample) => (series: SeriesOf["pool"]) => series.record(sample)),
    durationMs.map((waitMs) => (series: SeriesOf["pool"]) => series.recordWait(waitMs)),
  ),
  process: fc.oneof(
    fc
      .record({
        elapsedMs: small,
        utilisation: fc.constantFrom(0, 0.25, 1),
        cpuMs: small,
        rssBytes: fc.nat(),
        heapUsedBytes: fc.nat(),
        externalBytes: fc.nat(),
      })
      .map((sample) => (series: SeriesOf["process"]) => series.record(sample)),
    fc.tuple(fc.constantFrom("minor", "major", "incremental", "weak"), durationMs).map(
      ([kind, tookMs]) =>
        (series: SeriesOf["process"]) =>
          series.recordGc(kind, tookMs),
    ),
    durationMs.map((delayMs) => (series: SeriesOf["process"]) => series.loopDelays.record(delayMs)),
  ),
  observer: observerMessage.map(
    ({ counter, value }) =>
      (series: SeriesOf["observer"]) =>
        series.add(counter, value),
  ),
};
