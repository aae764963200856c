import { expect, test } from "vitest";
import { startTestApp } from "@/dev/test-app";

const idle: [string, ...string[]] = [process.execPath, "-e", "setTimeout(() => undefined, 60_000)"];
const actor = { id: null, label: "test", sessionId: null, address: null, requestId: null };

test("one run at a time, recorded in the audit log, and ended with the node", async () => {
  await using app = await startTestApp({ trafficProgram: idle });
  const { traffic, audit } = app.runtime.services;
  expect(traffic.status()).toEqual({ isAvailable: true, endsAt: null });
  const { endsAt } = await traffic.start(actor);
  expect(Date.parse(endsAt ?? "")).toBeGreaterThan(Date.now());
  await expect(traffic.start(actor)).rejects.toMatchObject({ code: "TRAFFIC_RUNNING" });
  const { entries } = await audit.list({ limit: 10, action: "traffic.start" });
  expect(entries).toMatchObject([{ actor: { label: "test" }, after: { seconds: 60, rate: 50 } }]);
  traffic.close();
  expect(traffic.status().endsAt).toBeNull();
});

test("a run that ends makes room for another", async () => {
  await using app = await startTestApp({ trafficProgram: [process.execPath, "-e", ""] });
  const { traffic } = app.runtime.services;
  await traffic.start(actor);
  await expect.poll(() => traffic.status().endsAt, { timeout: 10_000 }).toBeNull();
  await traffic.start(actor);
});

test("a node that cannot call itself says so, and records nothing", async () => {
  await using app = await startTestApp();
  const { traffic, audit } = app.runtime.services;
  expect(traffic.status().isAvailable).toBe(false);
  await expect(traffic.start(actor)).rejects.toMatchObject({ code: "TRAFFIC_UNAVAILABLE" });
  expect((await audit.list({ limit: 10, action: "traffic.start" })).entries).toEqual([]);
});
