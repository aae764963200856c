import { afterAll, beforeAll, expect, test } from "vitest";
import type { Trace } from "@weir/telemetry";
import { startTestApp, type TestApp } from "@/dev/test-app";

let app: TestApp;
const told: Trace[] = [];

beforeAll(async () => {
  // The values show which request a statement belongs to.
  app = await startTestApp({ tracing: { sampleRatio: 1 }, tellsStatementValues: true });
  app.traces.onTrace((trace) => void told.push(trace));
}, 120_000);
afterAll(() => app[Symbol.asyncDispose]());

async function someNotes(count: number): Promise<number[]> {
  const rows = await app.runtime.database.db.execute<{ id: number }>(
    `select id from notes.notes where words > 0 order by words desc limit ${count}`,
  );
  return rows.map(({ id }) => id);
}

const input = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

test("with two hundred concurrent requests no span is in another's trace, and shared spans are in all of them", async () => {
  const ids = await someNotes(200);
  const asked = new Map<string, number[]>();
  const ask = async (wanted: number[]): Promise<void> => {
    const inputs = Object.fromEntries(wanted.map((id, index) => [index, { id }]));
    const url =
      wanted.length === 1
        ? `note.byId?input=${input({ id: wanted[0] })}`
        : `${wanted.map(() => "note.byId").join(",")}?batch=1&input=${input(inputs)}`;
    const response = await fetch(`${app.origin}/api/trpc/${url}`);
    expect(response.status).toBe(200);
    await response.text();
    asked.set(response.headers.get("x-request-id") ?? "", wanted);
  };
  const batches = ids.slice(0, 40).flatMap((id, index) => (index % 4 === 0 ? [ids.slice(index, index + 4)] : []));
  await Promise.all([...batches.map(ask), ...ids.slice(40).map((id) => ask([id]))]);
  await app.traces.flush({ endMinute: true });

  expect(told).toHaveLength(asked.size);
  let shared = 0;
  for (const { requestId, spans, omitted, calls } of told) {
    const wanted = asked.get(requestId) ?? [];
    expect(omitted).toBe(0);
    expect(calls).toBe(wanted.length);
    expect(spans.filter(({ kind }) => kind === "procedure")).toHaveLength(wanted.length);
    expect(spans.filter(({ kind }) => kind === "cache")).toHaveLength(wanted.length);
    const statements = spans.filter(({ kind }) => kind === "statement");
    // Each miss was loaded by its own statement, or by one that loaded several.
    const missed = spans.filter(({ outcome }) => outcome === "miss").length;
    expect(statements.length > 0).toBe(missed > 0);
    for (const { parameters = [], shared: sharers = 1, name } of statements) {
      const values = parameters.join(" ").match(/\d+/g)?.map(Number) ?? [];
      expect(values.filter((value) => wanted.includes(value)).length, `${name} of ${requestId}`).toBeGreaterThan(0);
      if (sharers > 1) shared += 1;
      const strangers = values.filter((value) => !wanted.includes(value));
      expect(strangers.length > 0, `${name} of ${requestId}, for ${sharers}`).toBe(sharers > 1);
    }
    for (const span of spans) {
      const around = span.parent === null ? undefined : spans[span.parent];
      if (around === undefined || span.kind === "redis") continue;
      expect(span.startMs + 0.5).toBeGreaterThanOrEqual(around.startMs);
    }
  }
  expect(shared).toBeGreaterThan(0);
  expect(app.traces.counts).toMatchObject({ recording: 0, dropped: 0 });
}, 60_000);
