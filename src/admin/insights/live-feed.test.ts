import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type InsightsLiveEvent, insightsLiveInput, type LiveAsk } from "./contract/live";
import { liveNames } from "./contract/live-names";
import { liveEveryMs } from "./contract/ranges";
import { createLiveFeed, type LiveFeed, type LiveRead } from "./live-feed";

let asked: LiveAsk[];
let failing: Set<string>;
let client: AbortController;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  asked = [];
  failing = new Set();
  client = new AbortController();
});
afterEach(() => {
  client.abort();
  vi.useRealTimers();
});

const status = { asOf: "2026-01-01T00:00:00.000Z", nodes: [], troubles: [] };
/** The feed passes on what it is handed. */
const read: LiveRead = async (ask) => {
  asked.push(ask);
  if (failing.has(ask.name)) throw new Error("The store does not respond.");
  return { ...status, asOf: `round ${asked.length}` };
};
const parse = (asks: object[]) => insightsLiveInput.parse({ asks });

function listen(feed: LiveFeed, asks: object[], signal = client.signal) {
  const events = feed.open(parse(asks), signal);
  return async (): Promise<InsightsLiveEvent> => {
    const { value, done } = await events.next();
    if (done === true) throw new Error("The stream is over.");
    return value.event;
  };
}

test("any number of streams with the same ask cost one reading per round", async () => {
  const feed = createLiveFeed({ read, everyMs: 1_000 });
  const tabs = Array.from({ length: 9 }, () => listen(feed, [{ name: "status" }]));
  for (let round = 1; round <= 3; round += 1) {
    const events = await Promise.all(tabs.map((next) => next()));
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(asked).toHaveLength(round);
    await vi.advanceTimersByTimeAsync(1_000);
  }
});

test("a slow client gets the newest response and does not delay others", async () => {
  const feed = createLiveFeed({ read, everyMs: 1_000 });
  const next = listen(feed, [{ name: "status" }]);
  await next();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await next()).toMatchObject({ data: { asOf: `round ${asked.length}` } });
});

test("one ask fails and recovers while another goes on", async () => {
  failing.add("nodes");
  const feed = createLiveFeed({ read, everyMs: 1_000 });
  const next = listen(feed, [{ name: "nodes" }, { name: "status" }]);
  const first = [await next(), await next()];
  expect(first).toContainEqual({ ask: 0, name: "nodes", ok: false });
  expect(first).toContainEqual(expect.objectContaining({ ask: 1, ok: true }));
  failing.clear();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([await next(), await next()]).toContainEqual(expect.objectContaining({ ask: 0, ok: true }));
});

test("nothing is read after the last client has left", async () => {
  const feed = createLiveFeed({ read, everyMs: 1_000 });
  const next = listen(feed, [{ name: "status" }]);
  await next();
  expect(feed.members).toBe(1);
  const waiting = next();
  client.abort();
  await expect(waiting).rejects.toThrow("The stream is over.");
  expect(feed.members).toBe(0);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toHaveLength(1);
});

test("a long range is read as rarely as it changes", async () => {
  const feed = createLiveFeed({ read });
  const next = listen(feed, [{ name: "overview", input: { range: "24h" } }]);
  await next();
  await vi.advanceTimersByTimeAsync(liveEveryMs["24h"] - 1_000);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(asked).toHaveLength(2);
});

test("every listed name can be asked for, and no other", () => {
  const inputs: Readonly<Record<string, object>> = { series: { input: { wanted: [] } }, status: {}, nodes: {} };
  for (const name of liveNames) expect(parse([{ name, input: {}, ...inputs[name] }].map(trim)).asks).toHaveLength(1);
  expect(insightsLiveInput.safeParse({ asks: [{ name: "environment" }] }).success).toBe(false);
});

/** Some asks have no input. */
function trim({ name, ...rest }: { name: string; input?: object }): object {
  return name === "status" || name === "nodes" ? { name } : { name, ...rest };
}
