import { expect, test } from "vitest";
import { createHealth, type Finding, type HealthChange, patienceMs, type PartName } from "./health";

const up: Finding = { state: "up" };
const down: Finding = { state: "down", reason: "unreachable", detail: "connect ECONNREFUSED 10.0.0.5:5432" };

function watch() {
  let nowMs = 0;
  let isSeenElsewhere = false;
  const found: Record<PartName, Finding | Promise<Finding>> = { postgres: up, cache: up, queue: up, clock: up };
  const changes: HealthChange[] = [];
  const probe = (name: PartName) => ({ label: name, look: async () => found[name] });
  const health = createHealth({
    probes: { postgres: probe("postgres"), cache: probe("cache"), queue: probe("queue"), clock: probe("clock") },
    isPostgresSeenElsewhere: () => isSeenElsewhere,
    everyMs: 86_400_000,
    deadlineMs: 50,
    now: () => nowMs,
  });
  health.start((change) => changes.push(change));
  const check = async (times = 1): Promise<string> => {
    for (let time = 0; time < times; time += 1) {
      nowMs += 1_000;
      await health.check();
    }
    return `${health.report().state} ${health.response().status}`;
  };
  return {
    health,
    found,
    changes,
    check,
    pass: (ms: number) => (nowMs += ms),
    others: (see: boolean) => (isSeenElsewhere = see),
  };
}

test("one failed check is no outage and one good check no recovery; each change is reported once, with the server's message", async () => {
  const { found, check, changes } = watch();
  expect(await check()).toBe("ready 200");
  found.queue = down;
  expect(await check()).toBe("ready 200");
  expect(await check(5)).toBe("degraded 200");
  found.queue = up;
  expect(await check()).toBe("degraded 200");
  expect(await check()).toBe("ready 200");
  expect(changes).toEqual([
    { part: "queue", isUp: false, line: "queue is down: connect ECONNREFUSED 10.0.0.5:5432" },
    { part: "queue", isUp: true, line: "queue is up again after 6 s." },
  ]);
});

test("losing a shared Redis takes no node out of rotation", async () => {
  const { found, check, pass } = watch();
  await check();
  found.cache = down;
  found.queue = down;
  await check(2);
  pass(86_400_000);
  expect(await check()).toBe("degraded 200");
});

test("without Postgres a node stays in rotation for cached reads, unless other nodes reach it", async () => {
  const { found, check, pass, others } = watch();
  await check();
  found.postgres = down;
  expect(await check(2)).toBe("degraded 200");
  pass(86_400_000);
  expect(await check()).toBe("degraded 200");
  others(true);
  expect(await check()).toBe("not-ready 503");
  others(false);
  expect(await check()).toBe("degraded 200");
});

test("a restart of Postgres takes no node out, whatever others see", async () => {
  const { found, check, others } = watch();
  await check();
  others(true);
  found.postgres = down;
  expect(await check(2)).toBe("degraded 200");
  expect(await check(patienceMs / 1_000)).toBe("not-ready 503");
});

test("without Postgres and the cache's Redis nothing can be served", async () => {
  const { found, check, pass } = watch();
  await check();
  found.postgres = down;
  found.cache = down;
  await check(2);
  pass(patienceMs);
  expect(await check()).toBe("not-ready 503");
});

test("a store that never responds is given up after the deadline", async () => {
  const { found, check, health } = watch();
  await check();
  found.postgres = new Promise<Finding>(() => undefined);
  await check(2);
  expect(health.report().parts.postgres).toMatchObject({ state: "down", reason: "no response" });
});

test("the body names parts and reasons, and neither addresses nor the server's message", async () => {
  const { found, check, health } = watch();
  await check();
  found.postgres = down;
  await check(2);
  const { body } = health.response();
  expect(JSON.parse(body)).toEqual({
    state: "degraded",
    parts: {
      postgres: { state: "down", reason: "unreachable" },
      cache: { state: "up" },
      queue: { state: "up" },
      clock: { state: "up" },
    },
  });
  expect(body).not.toContain("10.0.0.5");
});
