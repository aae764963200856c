import { expect, test } from "vitest";
import { countStandings, joinHeard, standingOf, toNodeMetrics, toNodes } from "./nodes";

const asOfMs = Date.UTC(2026, 0, 1, 12);
const heard = (agoMs: number, stopped = false) => ({ lastSeenMs: asOfMs - agoMs, stopped });

test.each([
  [heard(0), "reporting"],
  [heard(-3_000), "reporting"],
  [heard(10_000), "reporting"],
  [heard(10_001), "silent"],
  [heard(1_000, true), "stopped"],
  [heard(600_000, true), "stopped"],
  [heard(900_000), "silent"],
  [heard(900_001), "gone"],
  [heard(900_001, true), "gone"],
])("a node with the report %o is %s", (node, standing) => {
  expect(standingOf(node, asOfMs)).toBe(standing);
});

test("for a node in both lists the later report wins", () => {
  const early = { id: "a", lastSeenMs: 1, stopped: false };
  const late = { id: "a", lastSeenMs: 2, stopped: true };
  const other = { id: "b", lastSeenMs: 1, stopped: false };
  expect(joinHeard([early, other], [late])).toEqual([late, other]);
  expect(joinHeard([late], [early])).toEqual([late]);
});

test("nodes are listed by ID with their reports, and counted by status", () => {
  const state = {
    role: "api",
    version: "1.2.3",
    pid: 1,
    startedAtMs: asOfMs - 5_000,
    callsInFlight: 3,
    pool: { inUse: 1, queued: 0, max: 4, longest: null },
    redis: { cache: "closed" as const, queue: "open" as const },
    cache: { epoch: 7, lagMs: null, trusted: false },
    rssBytes: 1e8,
    loopUtilisation: 0.5,
    loopDelayP99Ms: 2,
  };
  const nodes = toNodeMetrics(
    [
      { id: "b", ...heard(0), state },
      { id: "a", ...heard(60_000), state: null },
    ],
    asOfMs,
  );
  expect(nodes).toMatchObject([
    { id: "a", standing: "silent", report: null },
    {
      id: "b",
      standing: "reporting",
      lastSeenAt: "2026-01-01T12:00:00.000Z",
      report: {
        startedAt: "2026-01-01T11:59:55.000Z",
        breakers: [
          { connection: "cache", state: "closed" },
          { connection: "queue", state: "open" },
        ],
        cache: { epoch: 7, lagMs: null, isTrusted: false },
      },
    },
  ]);
  expect(countStandings(nodes)).toEqual({ reporting: 1, silent: 1, stopped: 0, gone: 0 });
});

test("of very many nodes, the most recent ones are listed", () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ id: `n${1_000 + index}`, ...heard(index) }));
  const nodes = toNodes(many, asOfMs);
  expect([nodes.length, nodes[0]?.id, nodes.at(-1)?.id]).toEqual([200, "n1000", "n1199"]);
});
