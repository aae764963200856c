import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Bundles, openBundles } from "@weir/testkit/bundles";
import { prepareTestNodes, type TestNode } from "@/dev/test-node";
import { type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { waitUntil } from "@weir/embedded/processes";
import { tableInputs } from "@/admin/insights/contract/tables";
import { createDatabase, type Database } from "@weir/postgres";
import { createTelemetryArchive } from "@weir/telemetry/store";
import { createInsightsService } from "@/admin/insights/service";
import { createTelemetryReader, startRollup, type TelemetryReader } from "@weir/telemetry";
import { Asker, askMix } from "./test-asker";
import type { RawTime } from "./test-raw-times";
import { createNotesDatabase } from "@/dev/notes/test-notes";

/** Generous for a busy machine: normally no wait here takes this long. */
const patienceMs = 60_000;
/** Maximum time between two flushes of the killed node, even on a busy machine. */
const longestFlushMs = 20_000;
const stepMs = 5_000;
/** The rejected call of `users.list` counts as dashboard traffic. */
const everyone = ["app", "admin"] as const;

let folder: string;
let bundles: Bundles;
let database: TestDatabase;
let archiveDatabase: Database;
let redis: Redis;
let reader: TelemetryReader;
let start: () => Promise<ObservedNode>;
const keyPrefix = testPrefix();
const fromMs = Math.floor(Date.now() / stepMs) * stepMs;
const running: TestNode[] = [];

type ObservedNode = TestNode & { readonly id: string; raw: () => RawTime[] };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-exact-"));
  bundles = openBundles();
  database = await createNotesDatabase();
  archiveDatabase = createDatabase({ url: database.url, max: 3 });
  redis = new Redis(inject("queueRedisUrl"));
  reader = createTelemetryReader({ redis, keyPrefix });
  const startNode = await prepareTestNodes(bundles);
  const rawTimes = pathToFileURL(await bundles.add(new URL("./test-raw-times.ts", import.meta.url)));
  start = async () => {
    const known = new Set((await look(null)).nodes.map(({ id }) => id));
    const file = join(folder, `raw-${running.length}.jsonl`);
    const preload = new URL(rawTimes);
    preload.searchParams.set("into", file);
    const node = await startNode({ databaseUrl: database.url, keyPrefix, preloads: [preload] });
    running.push(node);
    let id: string | undefined;
    await eventually("a new node reports", async () => {
      id = (await look(null)).nodes.find((seen) => !known.has(seen.id))?.id;
      return id !== undefined;
    });
    const raw = (): RawTime[] =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        // Written by the module loaded into the node.
        .map((line) => JSON.parse(line) as RawTime);
    return { ...node, id: id ?? "", raw };
  };
});

afterAll(async () => {
  await Promise.all(running.map((node) => node.kill()));
  redis?.disconnect();
  await archiveDatabase?.close();
  await database?.drop();
  bundles?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function eventually(what: string, settled: () => Promise<boolean>): Promise<void> {
  if (!(await waitUntil(settled, patienceMs, 100))) throw new Error(`Timed out waiting until ${what}.`);
}

/** What the given nodes have stored for clients and dashboard since this file started. */
const look = (nodeIds: readonly string[] | null) =>
  reader.totals({ fromMs, toMs: null, stepMs, origins: everyone, nodeIds });

/** Calls by procedure and outcome. */
function tally(calls: readonly { name: string; errorCode: string | null }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name, errorCode } of calls) {
    const key = `${name} ${errorCode ?? "ok"}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** The same, from the recorded messages. */
async function recorded(node: ObservedNode): Promise<Record<string, number>> {
  const { series } = await look([node.id]);
  const counts: Record<string, number> = {};
  for (const [name, { ok, errorCodes }] of series.rpc) {
    if (ok.count > 0) counts[`${name} ok`] = ok.count;
    for (const [code, times] of errorCodes) counts[`${name} ${code}`] = times;
  }
  return counts;
}

const totalOf = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((all, times) => all + times, 0);

const callsOf = (node: ObservedNode) => node.raw().filter((line) => line.kind === "rpc");

/** Waits until everything the node published is stored, which happens by its next flush. */
async function flushed(node: ObservedNode): Promise<void> {
  await eventually("the counts are stored", async () => totalOf(await recorded(node)) >= callsOf(node).length);
}

describe("two nodes, one of which is killed and restarted", () => {
  let killed: ObservedNode;
  let restarted: ObservedNode;
  let other: ObservedNode;
  let killedAtMs = 0;
  const asked = { first: new Asker(), burst: new Asker(), restarted: new Asker(), other: new Asker() };

  beforeAll(async () => {
    killed = await start();
    other = await start();
    const otherMix = askMix(asked.other.at(other.origin), 10);
    await askMix(asked.first.at(killed.origin), 10);
    await otherMix;
    await flushed(killed);

    // Killed in the middle of concurrent load.
    const burst = asked.burst.at(killed.origin);
    const lanes = Array.from({ length: 8 }, () => askMix(burst, 10_000).catch(() => undefined));
    await eventually("the burst is in flight", async () => burst.answered.length >= 2_000);
    await killed.kill();
    killedAtMs = Date.now();
    await Promise.all(lanes);

    restarted = await start();
    await askMix(asked.restarted.at(restarted.origin), 10);
    await askMix(asked.other.at(other.origin), 3);
    await flushed(restarted);
    await flushed(other);
  }, 300_000);

  it("counts exactly what was sent to the live nodes", async () => {
    expect(await recorded(other)).toEqual(tally(asked.other.answered));
    expect(await recorded(restarted)).toEqual(tally(asked.restarted.answered));
    expect(totalOf(await recorded(other))).toBeGreaterThan(300);
  });

  it("counts exactly what the killed node did until its last flush", async () => {
    const { nodes } = await look([killed.id]);
    const lastFlushMs = nodes.find(({ id }) => id === killed.id)?.lastSeenMs ?? 0;
    const calls = callsOf(killed);
    // Flushes are dated by the monotonic clock, calls by the wall clock: within two milliseconds of the flush a call may be
    // on either side of it.
    const before = tally(calls.filter(({ atMs }) => atMs < lastFlushMs - 2));
    const upTo = tally(calls.filter(({ atMs }) => atMs <= lastFlushMs + 2));
    const counted = await recorded(killed);
    for (const [key, times] of Object.entries(counted)) {
      expect(times, key).toBeGreaterThanOrEqual(before[key] ?? 0);
      expect(times, key).toBeLessThanOrEqual(upTo[key] ?? 0);
    }
    expect(totalOf(counted)).toBeGreaterThanOrEqual(totalOf(before));
    // Everything sent before the burst was flushed, so it is complete.
    for (const [key, times] of Object.entries(tally(asked.first.answered))) {
      expect(counted[key] ?? 0, key).toBeGreaterThanOrEqual(times);
    }
    // Only data since then is lost, at most one interval.
    expect(calls.length).toBeGreaterThanOrEqual(asked.first.answered.length + asked.burst.answered.length);
    expect(calls.length - totalOf(counted)).toBeLessThanOrEqual(
      calls.filter(({ atMs }) => atMs >= lastFlushMs - 2).length,
    );
    expect(killedAtMs - lastFlushMs).toBeLessThan(longestFlushMs);
  });

  it("sums the nodes without loss", async () => {
    const all = await look(null);
    const nodes = await Promise.all([killed, restarted, other].map((node) => recorded(node)));
    const calls = [...all.series.rpc.values()].reduce((total, { count }) => total + count, 0);
    expect(calls).toBe(nodes.reduce((total, counts) => total + totalOf(counts), 0));
    expect(all.undecodable).toBe(0);
    expect(all.dropped).toBe(0);
  });

  it("shows a gap for the killed node only", async () => {
    await eventually("a whole slot has passed since", async () => {
      const { nodes } = await look([other.id]);
      return (nodes[0]?.lastSeenMs ?? 0) > Math.ceil(killedAtMs / stepMs) * stepMs + 2 * stepMs;
    });
    const silent = await look([killed.id]);
    const gapAt = Math.ceil((killedAtMs - silent.fromMs) / stepMs);
    expect(silent.slots.length).toBeGreaterThan(gapAt);
    expect(silent.slots.slice(gapAt).every((slot) => slot === null)).toBe(true);
    expect(silent.slots.slice(0, gapAt).some((slot) => slot !== null && slot.calls > 0)).toBe(true);
    const late = await look([restarted.id]);
    expect(late.slots.slice(0, gapAt - 1).every((slot) => slot === null)).toBe(true);
    const lively = await look([other.id]);
    expect(lively.slots.slice(gapAt, -1).every((slot) => slot !== null)).toBe(true);
  });

  it("returns percentiles within 5 % of the raw times of the same calls", async () => {
    const nodes = [restarted, other];
    const insights = createInsightsService({
      reader,
      listActs: async () => ({ entries: [], nextCursor: null }),
      environment: { name: "test", publicHost: null, nodeId: "test" },
    });
    const { rows } = await insights.table(
      "procedures",
      tableInputs.procedures.parse({ range: "15m", nodes: nodes.map(({ id }) => id), atLeast: { count: 20 } }),
    );
    expect(rows.length).toBeGreaterThanOrEqual(5);
    const raw = nodes.flatMap(callsOf);
    for (const { name, count, p50Ms, p95Ms, p99Ms, maxMs } of rows) {
      const times = raw.filter((call) => call.name === name).map(({ durationMs }) => durationMs);
      times.sort((a, b) => a - b);
      expect(count, name).toBe(times.length);
      const shown = { 0.5: p50Ms, 0.95: p95Ms, 0.99: p99Ms, 1: maxMs };
      for (const [q, ms] of Object.entries(shown)) {
        const exact = times[Math.max(1, Math.ceil(Number(q) * times.length - 1e-9)) - 1] ?? Number.NaN;
        expect(Math.abs((ms ?? Number.NaN) / exact - 1), `${name} ${q}: ${ms} for ${exact}`).toBeLessThanOrEqual(0.05);
      }
    }
  });

  it("has the same counts in Postgres once the minutes are merged, by any node and any number of times", async () => {
    const minuteMs = 60_000;
    const later = Date.now() + 10 * minuteMs;
    const store = createTelemetryArchive(archiveDatabase.db);
    const readTimes = async () => ({ postgres: later, redis: later });
    const rollUp = async (nodeId: string): Promise<void> => {
      const shared = { redis, keyPrefix, archive: store, now: () => later, readTimes, isTimed: false };
      const rollup = startRollup({ nodeId, ...shared });
      await rollup.round();
      await rollup.close();
    };
    await rollUp("one");
    await Promise.all([rollUp("two"), rollUp("three")]);
    const merged = await createTelemetryReader({ redis, keyPrefix, store, now: () => later }).totals({
      fromMs: Math.floor(fromMs / minuteMs) * minuteMs,
      toMs: later,
      stepMs: minuteMs,
      origins: everyone,
      nodeIds: null,
    });
    expect(merged.coverage.parts.map(({ source }) => source)).toContain("minutes");
    const live = await look(null);
    const countsOf = ({ series }: typeof live) =>
      Object.fromEntries(
        [...series.rpc].map(([name, { ok, failed, errorCodes }]) => [
          name,
          { ok: ok.count, failed: failed.count, codes: Object.fromEntries(errorCodes) },
        ]),
      );
    expect(countsOf(merged)).toEqual(countsOf(live));
    const calls = merged.slots.reduce((sum, slot) => sum + (slot?.calls ?? 0), 0);
    expect(calls).toBe(live.slots.reduce((sum, slot) => sum + (slot?.calls ?? 0), 0));
  });

  it("counts every key read once, by outcome", async () => {
    for (const node of [restarted, other]) {
      const { series } = await look([node.id]);
      const endings = node.raw().filter((line) => line.kind === "cache");
      for (const [group, counted] of series.cache) {
        const shown = Object.fromEntries([...counted.endings()].map(({ outcome, count }) => [outcome, count]));
        const merged: Record<string, number> = {};
        for (const { outcome, count } of counted.endings()) merged[outcome] = (merged[outcome] ?? 0) + count;
        const exact: Record<string, number> = {};
        for (const { name, outcome } of endings) if (name === group) exact[outcome] = (exact[outcome] ?? 0) + 1;
        expect(merged, `${group} ${JSON.stringify(shown)}`).toEqual(exact);
      }
    }
  });

  it("counts as many note reads as were requested", async () => {
    const { series } = await look([other.id]);
    const asksForOne = asked.other.answered.filter(
      ({ name, errorCode }) => name === "note.byId" && errorCode !== "BAD_REQUEST",
    );
    expect(series.cache.get("note.byId")?.reads).toBe(asksForOne.length);
  });
});
