import { expect, test } from "vitest";
import { type Origin, type RequestScope, runInScope } from "@weir/core/scope";
import { addressSet } from "@weir/trpc-node";
import { createColdKeyBudget } from "./cold-keys";

const keysPerMinute = 6_000;

type Asker = { address?: string; forwarded?: string; session?: string; origin?: Origin };

/** A budget on a clock that the test sets, and what it says to an asker: null, or the seconds to wait. */
function openBudget() {
  const time = { nowMs: 0 };
  const admit = createColdKeyBudget({
    keysPerMinute,
    trustedProxies: addressSet(["10.0.0.1"]),
    clock: { now: () => time.nowMs },
  });
  const ask = (keys: number, { address = "203.0.113.7", forwarded, session, origin = "app" }: Asker = {}) => {
    const request: RequestScope = {
      id: "test",
      source: {
        socket: { remoteAddress: address },
        headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      },
      ...(session === undefined ? {} : { sessionId: session }),
    };
    const refusal = runInScope({ request, origin, procedure: "test", deadlineAtMs: null }, () => admit(keys));
    return refusal === null
      ? null
      : (refusal as Error & { facts: { retryAfterSeconds: number } }).facts.retryAfterSeconds;
  };
  return { time, admit, ask };
}

test("a client may have a minute's worth of keys loaded at once, and then as many as the time gives back", () => {
  const { time, ask } = openBudget();
  expect(ask(keysPerMinute)).toBeNull();
  expect(ask(1)).toBe(1);
  expect(ask(200)).toBe(2);
  time.nowMs = 2_000;
  expect(ask(200)).toBeNull();
  expect(ask(100)).toBe(1);
  time.nowMs = 1_000_000;
  expect(ask(keysPerMinute)).toBeNull();
  expect(ask(1)).toBe(1);
});

test("what is refused costs nothing", () => {
  const { time, ask } = openBudget();
  ask(keysPerMinute);
  for (let refused = 0; refused < 100; refused += 1) expect(ask(1_000)).toBe(10);
  time.nowMs = 10_000;
  expect(ask(1_000)).toBeNull();
});

test("more than a minute's worth at once waits a minute, not for ever", () => {
  const { time, ask } = openBudget();
  expect(ask(10 * keysPerMinute)).toBeNull();
  expect(ask(10 * keysPerMinute)).toBe(60);
  time.nowMs = 60_000;
  expect(ask(10 * keysPerMinute)).toBeNull();
});

test("addresses count apart; those behind a trusted proxy by themselves, and others' claims not at all", () => {
  const { ask } = openBudget();
  expect(ask(keysPerMinute)).toBeNull();
  expect(ask(1, { address: "203.0.113.8" })).toBeNull();
  expect(ask(1, { forwarded: "198.51.100.1" })).toBe(1);
  expect(ask(keysPerMinute, { address: "10.0.0.1", forwarded: "198.51.100.1" })).toBeNull();
  expect(ask(1, { address: "10.0.0.1", forwarded: "198.51.100.2" })).toBeNull();
  expect(ask(1, { address: "10.0.0.1", forwarded: "198.51.100.1" })).toBe(1);
});

test("all addresses of an IPv6 /64 are one client", () => {
  const { ask } = openBudget();
  expect(ask(keysPerMinute, { address: "2001:db8:1:2::1" })).toBeNull();
  expect(ask(1, { address: "2001:db8:1:2:ffff::9" })).toBe(1);
  expect(ask(1, { address: "2001:db8:1:3::1" })).toBeNull();
});

test("a session counts apart from its address, and the dashboard apart from the API", () => {
  const { ask } = openBudget();
  expect(ask(keysPerMinute)).toBeNull();
  expect(ask(1, { session: "s1" })).toBeNull();
  expect(ask(1, { origin: "admin" })).toBeNull();
  expect(ask(keysPerMinute, { session: "s2" })).toBeNull();
  expect(ask(1, { session: "s2", address: "203.0.113.99" })).toBe(1);
  expect(ask(1)).toBe(1);
});

test("jobs and commands have no limit", () => {
  const { admit } = openBudget();
  expect(admit(10 * keysPerMinute)).toBeNull();
  expect(admit(10 * keysPerMinute)).toBeNull();
  runInScope({ request: { id: "job" }, origin: "job", procedure: null, deadlineAtMs: null }, () => {
    expect(admit(10 * keysPerMinute)).toBeNull();
    expect(admit(10 * keysPerMinute)).toBeNull();
  });
});

test("of many clients the one idle for longest starts over", () => {
  const { ask } = openBudget();
  ask(keysPerMinute, { address: "192.0.2.1" });
  ask(keysPerMinute, { address: "192.0.2.2" });
  for (let client = 0; client < 9_999; client += 1) {
    ask(1, { address: `10.1.${client >> 8}.${client & 255}` });
    if (client === 5_000) ask(1, { address: "192.0.2.2" });
  }
  expect(ask(1, { address: "192.0.2.2" })).toBe(1);
  expect(ask(1, { address: "192.0.2.1" })).toBeNull();
});
