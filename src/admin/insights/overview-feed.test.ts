import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyLiveEvent, type LiveState, toOverview } from "@/admin/overview/ui/live-overview";
import type { InsightBucket, InsightsOverview } from "./contract/overview";
import { type InsightsLiveEvent, insightsLiveInput, type InsightsLiveInput } from "./contract/live";
import { insightRangeNames, liveEveryMs } from "./contract/ranges";
import { createOverviewFeed, type OverviewFeed } from "./overview-feed";

const outcomes = { hitL1: 0, hitL2: 0, coalesced: 0, stale: 0, negative: 0, miss: 0, error: 0, bypass: 0 };
const timing = { errors: 0, meanMs: 1, p50Ms: 1, p95Ms: 1, p99Ms: 1, maxMs: 1, totalMs: 1 };
const noMetrics = {
  callsPerSecond: null,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  errorRatio: null,
  readsPerSecond: null,
  hitRatio: null,
  loadsPer1000Reads: null,
  statementsPerSecond: null,
  poolInUseMean: null,
  poolWaitP95Ms: null,
  eventLoopDelayP99Ms: null,
  eventLoopUtilisation: null,
};
const startMs = Date.UTC(2026, 0, 1, 12);
const stepMs = 5_000;
const length = 60;

/** An overview `second` seconds after the start; each second counts one more call of a series that comes and goes. */
function overviewAt(second: number): InsightsOverview {
  const nowMs = startMs + second * 1_000;
  const toMs = Math.floor(nowMs / stepMs) * stepMs;
  const fromMs = toMs - (length - 1) * stepMs;
  const buckets = Array.from({ length }, (_, index): InsightBucket => {
    const beginMs = fromMs + index * stepMs;
    if (beginMs < startMs) return null;
    const calls = Math.min(5, (nowMs - beginMs) / 1_000 + 1);
    return {
      at: new Date(beginMs).toISOString(),
      outcomes: { ...outcomes, hitL1: calls },
      calls,
      errors: 0,
      statements: 0,
    };
  });
  return {
    asOf: new Date(nowMs).toISOString(),
    range: "5m",
    to: new Date(nowMs).toISOString(),
    coverage: { coveredMs: second * 1_000, missing: [] },
    verdicts: [
      {
        subject: "Cache",
        level: second % 2 === 0 ? "healthy" : "watch",
        sentence: [{ ratio: 1 / second }, " of reads"],
        rule: "A rule.",
        link: { section: "outcomes", name: null },
      },
    ],
    figures: { ...noMetrics, callsPerSecond: second },
    before: {
      from: new Date(fromMs - length * stepMs).toISOString(),
      to: new Date(fromMs).toISOString(),
      stepMs,
      coverage: { coveredMs: 0, missing: [] },
      figures: noMetrics,
      deltas: { ...noMetrics, callsPerSecond: { change: second, ratio: null } },
    },
    from: new Date(fromMs).toISOString(),
    stepMs,
    buckets,
    nodes: [{ id: "a", lastSeenAt: new Date(nowMs).toISOString(), standing: "reporting", clockSkewMs: null }],
    cache: {
      reads: second,
      outcomes: { ...outcomes, hitL1: second },
      hitRatio: 1,
      loadsPer1000Reads: 0,
      groups: [
        { group: "note.byId", reads: second, outcomes, hitRatio: null, hitP95Ms: null, loadP95Ms: null, loads: 0 },
      ],
    },
    procedures: [`p${second % 7}`, "steady"].map((name) => ({ name, count: second, refused: 0, ...timing })),
    statements: [{ name: "s", text: "select 1", count: 1, rows: 1, waitP95Ms: null, waitTotalMs: 0, ...timing }],
    dropped: 0,
    capped: 0,
    marks: null,
  };
}

let second: number;
let reads: number;
let asked: object[];
let failure: Error | null;
let tables: number;
let client: AbortController;

const openFeed = (everyMs: number | null = 1_000): OverviewFeed =>
  createOverviewFeed({
    read: async (question) => {
      reads += 1;
      asked.push(question);
      if (failure !== null) throw failure;
      return overviewAt(second);
    },
    newTableId: () => `t${(tables += 1)}`,
    ...(everyMs === null ? {} : { everyMs }),
  });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  second = 3;
  reads = 0;
  asked = [];
  failure = null;
  tables = 0;
  client = new AbortController();
});
afterEach(() => {
  client.abort();
  vi.useRealTimers();
});

type Told = { id: string; event: InsightsLiveEvent };

function listen(feed: OverviewFeed, input: Partial<InsightsLiveInput> = {}, signal = client.signal) {
  const events = feed.open({ ...insightsLiveInput.parse({}), ...input }, signal);
  return async (): Promise<Told> => {
    const { value, done } = await events.next();
    if (done === true) throw new Error("The stream is over.");
    return value;
  };
}

async function tick(): Promise<void> {
  second += 1;
  await vi.advanceTimersByTimeAsync(1_000);
}

describe("the live overview", () => {
  test("sends a schema once, then changes that add up to the overview", async () => {
    const next = listen(openFeed());
    let state: LiveState | null = null;
    const kinds: string[] = [];
    for (const isSchema of [true, false]) {
      const { event } = await next();
      expect(event.type === "schema").toBe(isSchema);
      state = applyLiveEvent(state, event);
    }
    for (let count = 0; count < 70; count += 1) {
      const [{ event }] = await Promise.all([next(), tick()]);
      kinds.push(event.type);
      state = applyLiveEvent(state, event);
      expect(state && toOverview(state)).toEqual(overviewAt(second));
      // The running bucket, and a new one every five seconds.
      expect(event.type === "figures" ? event.buckets.length : 0).toBeLessThanOrEqual(2);
    }
    expect(new Set(kinds)).toEqual(new Set(["figures"]));
  });

  test("reads the store once a second for any number of streams, and not at all without streams", async () => {
    const feed = openFeed();
    const clients = Array.from({ length: 50 }, () => new AbortController());
    const streams = clients.map(({ signal }) => listen(feed, {}, signal));
    for (const next of streams) await next();
    for (const next of streams) await next();
    expect(reads).toBe(1);
    for (let count = 0; count < 10; count += 1) await Promise.all([...streams.map((next) => next()), tick()]);
    expect(reads).toBe(11);
    const ends = streams.map((next) => next().catch((error: unknown) => String(error)));
    for (const one of clients) one.abort();
    expect(new Set(await Promise.all(ends))).toEqual(new Set(["Error: The stream is over."]));
    expect([feed.members, vi.getTimerCount()]).toEqual([0, 0]);
    await tick();
    expect(reads).toBe(11);
  });

  test("reads once per filter, regardless of the order of its nodes", async () => {
    const feed = openFeed();
    const streams = [
      listen(feed, { nodes: ["a", "b"] }),
      listen(feed, { nodes: ["b", "a"] }),
      listen(feed, { nodes: ["a"] }),
      listen(feed, { compare: true }),
    ];
    for (const next of streams) await next();
    for (const next of streams) await next();
    expect(asked).toEqual([
      { range: "5m", nodes: ["a", "b"], includeAdmin: false, compare: false },
      { range: "5m", nodes: ["a"], includeAdmin: false, compare: false },
      { range: "5m", nodes: null, includeAdmin: false, compare: true },
    ]);
    for (let count = 0; count < 5; count += 1) await Promise.all([...streams.map((next) => next()), tick()]);
    expect(reads).toBe(3 + 5 * 3);
  });

  test.each(insightRangeNames)("updates at the interval of the range %s", async (range) => {
    const everyMs = liveEveryMs[range];
    const next = listen(openFeed(null), { range });
    await next();
    await next();
    await vi.advanceTimersByTimeAsync(everyMs - 1);
    expect(reads).toBe(1);
    second += 1;
    await Promise.all([next(), vi.advanceTimersByTimeAsync(20)]);
    expect(reads).toBe(2);
  });

  test("skips to the newest state for a slow client", async () => {
    const next = listen(openFeed());
    let state = applyLiveEvent(applyLiveEvent(null, (await next()).event), (await next()).event);
    for (let count = 0; count < 20; count += 1) await tick();
    state = applyLiveEvent(state, (await next()).event);
    expect(state && toOverview(state)).toEqual(overviewAt(second));
  });

  test("resumes after the last event on this node, without a schema or repeated events", async () => {
    const feed = openFeed();
    const stays = listen(feed);
    await stays();
    const { id, event } = await stays();
    expect(event.type).toBe("figures");
    for (let count = 0; count < 8; count += 1) await Promise.all([stays(), tick()]);
    const back = await listen(feed, { lastEventId: id })();
    expect(back.event).toMatchObject({ type: "figures" });
    const begins = back.event.type === "figures" ? back.event.buckets.map(([begin]) => Number(begin) - startMs) : [];
    expect(begins).toEqual([0, 5_000, 10_000]);
  });

  test("resumes on another node with a new schema and the buckets since, without a gap", async () => {
    const next = listen(openFeed());
    let state = applyLiveEvent(null, (await next()).event);
    const { id, event } = await next();
    state = applyLiveEvent(state, event);
    second += 42;
    const other = listen(openFeed(), { lastEventId: id });
    const schema = await other();
    expect(schema.event).toMatchObject({ type: "schema", gap: null });
    const figures = await other();
    const buckets = figures.event.type === "figures" ? figures.event.buckets : [];
    expect(buckets.length).toBe(12);
    for (const told of [schema.event, figures.event]) state = applyLiveEvent(state, told);
    expect(state && toOverview(state)).toEqual(overviewAt(second));
  });

  test("marks the gap when the last event is older than the range", async () => {
    const next = listen(openFeed());
    await next();
    const { id } = await next();
    second += 400;
    const { event } = await listen(openFeed(), { lastEventId: id })();
    const { from } = overviewAt(second);
    expect(event).toMatchObject({ type: "schema", gap: { from: new Date(startMs).toISOString(), to: from } });
  });

  test("starts over for a client that disconnected between schema and metrics, or sends an invalid ID", async () => {
    const feed = openFeed();
    const { id } = await listen(feed)();
    for (const lastEventId of [id, "nonsense", "t9.1.1"]) {
      const next = listen(feed, { lastEventId });
      expect((await next()).event.type).toBe("schema");
      expect((await next()).event.type).toBe("figures");
    }
  });

  test("fails with the store, and recovers with it", async () => {
    const feed = openFeed();
    const next = listen(feed);
    await next();
    await next();
    failure = new Error("Redis is away.");
    const [ended] = await Promise.all([next().catch((error: unknown) => error), tick()]);
    expect(ended).toMatchObject({ code: "TELEMETRY_UNAVAILABLE" });
    expect([feed.members, vi.getTimerCount()]).toEqual([0, 0]);
    failure = null;
    expect((await listen(feed)()).event.type).toBe("schema");
  });
});
