import { afterAll, beforeAll, expect, test } from "vitest";
import { noteIds } from "@/dev/notes/test-notes";
import { startTestApp, type TestApp } from "@/dev/test-app";
import { addressSet } from "@weir/trpc-node";
import { createColdKeyBudget } from "./cold-keys";

const keysPerMinute = 1_000;
const { brulee, dvorak, roses } = noteIds;
/** Far from any note. */
let nextId = 1_000_000;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ admitLoads: createColdKeyBudget({ keysPerMinute, trustedProxies: addressSet([]) }) });
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

async function ask(path: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${app.origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, { headers });
}

const fresh = (count: number): number[] => Array.from({ length: count }, () => (nextId += 1));

test("a client that requests too many uncached keys gets a 429, and cached values", async () => {
  expect((await ask("note.byId", { id: brulee })).status).toBe(200);
  expect((await ask("note.byIds", { ids: [dvorak] })).status).toBe(200);
  const batch = Array.from({ length: 20 }, () => ({ ids: fresh(100) }));
  // By POST, as typed clients send queries that are too long for a URL.
  const response = await fetch(`${app.origin}/api/trpc/${Array(20).fill("note.byIds").join(",")}?batch=1`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(batch.entries())),
  });
  const answers = (await response.json()) as { error?: { data: { weirCode: string; httpStatus: number } } }[];
  const refused = answers.filter(({ error }) => error?.data.weirCode === "COLD_KEYS_EXHAUSTED");
  expect(refused.length).toBeGreaterThanOrEqual(10);
  expect(refused.every(({ error }) => error?.data.httpStatus === 429)).toBe(true);

  const later = await ask("note.byIds", { ids: fresh(100) });
  expect(later.status).toBe(429);
  const seconds = Number(later.headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(await later.json()).toMatchObject({
    error: { data: { code: "TOO_MANY_REQUESTS", weirCode: "COLD_KEYS_EXHAUSTED", retryAfterSeconds: seconds } },
  });
  expect((await ask("note.byId", { id: brulee })).status).toBe(200);
  expect((await ask("note.byIds", { ids: [dvorak, brulee] })).status).toBe(200);
});

test("a signed-in user at the same address, and the dashboard, are not affected", async () => {
  const user = await app.signIn("operator");
  const session = await ask("account.sessions", undefined, user.headers);
  expect(session.status).toBe(200);
  expect((await ask("note.byIds", { ids: fresh(100) })).status).toBe(429);
});

test("the program itself has no limit", async () => {
  const { services } = app.runtime;
  const found = await services.notes.byIds(fresh(5_000));
  expect(found).toBeDefined();
  expect((await services.notes.byIds([roses])).items).toHaveLength(1);
});
