import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { type FaultProxy, openFaultProxy } from "@weir/testkit/fault-proxy";
import { createTestDatabase, testPrefix, type TestDatabase } from "@weir/testkit/testing";
import { createDatabase, type Database } from "@weir/postgres";
import { createAttemptQueries } from "@/admin/account/queries";
import { type AttemptLimiter, type AttemptLimits, createAttemptLimiter, subjectsOf } from "./attempt-limiter";

let proxy: FaultProxy;
let testDatabase: TestDatabase;
let keyPrefix: string;
const open: { redis: Redis; database: Database }[] = [];

beforeEach(async () => {
  [proxy, testDatabase] = await Promise.all([openFaultProxy(inject("queueRedisUrl")), createTestDatabase()]);
  keyPrefix = testPrefix();
});
afterEach(async () => {
  for (const { redis, database } of open.splice(0)) {
    redis.disconnect();
    await database.close();
  }
  await proxy[Symbol.asyncDispose]();
  await testDatabase.drop();
});

const minute = 60_000;
const limits: AttemptLimits = {
  account: { most: 5, windowMs: minute },
  address: { most: 8, windowMs: minute },
  pair: { most: 2, windowMs: minute },
};

/** One node's limiter, over its own connections. */
async function node(own: Partial<AttemptLimits> = {}): Promise<AttemptLimiter> {
  const redis = new Redis(proxy.url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: 500,
    retryStrategy: () => 50,
  });
  redis.on("error", () => undefined);
  await new Promise<void>((resolve) => redis.once("ready", resolve));
  const database = createDatabase({ url: testDatabase.url, max: 4 });
  open.push({ redis, database });
  const fallback = createAttemptQueries(database.db);
  const now = (): number => performance.now();
  return createAttemptLimiter({ redis, keyPrefix, fallback, limits: { ...limits, ...own }, now });
}

const account = { kind: "account", key: "ada@example.com" } as const;
const address = { kind: "address", key: "203.0.113.7" } as const;
const from = (key: string) => ({ kind: "address", key }) as const;

const outcomes = async (asked: Promise<unknown>[]): Promise<{ passed: number; limited: number }> => {
  const settled = await Promise.allSettled(asked);
  const limited = settled.filter((one) => one.status === "rejected");
  for (const { reason } of limited) expect(reason).toMatchObject({ code: "SIGN_IN_LIMITED" });
  return { passed: settled.length - limited.length, limited: limited.length };
};

describe.each(["with Redis", "without Redis"])("%s", (how) => {
  const nodes = async (own?: Partial<AttemptLimits>): Promise<[AttemptLimiter, AttemptLimiter]> => {
    const both: [AttemptLimiter, AttemptLimiter] = [await node(own), await node(own)];
    if (how === "without Redis") proxy.cut();
    return both;
  };

  test("two nodes together admit exactly the maximum", async () => {
    const [a, b] = await nodes();
    const asked = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? a : b).take([account]));
    expect(await outcomes(asked)).toEqual({ passed: 5, limited: 35 });
  });

  test("an attempt counts against all subjects, or against none if one is exhausted", async () => {
    const [a, b] = await nodes();
    for (let count = 0; count < 5; count += 1) await a.take([account, address]);
    expect(await outcomes(Array.from({ length: 20 }, () => b.take([account, address])))).toMatchObject({ passed: 0 });
    // The address has used five of its eight.
    const others = Array.from({ length: 6 }, (_, index) =>
      b.take([{ kind: "account", key: `${index}@x.org` }, address]),
    );
    expect(await outcomes(others)).toEqual({ passed: 3, limited: 3 });
  });

  test("a released attempt no longer counts", async () => {
    const [a, b] = await nodes();
    for (let count = 0; count < 30; count += 1) await (await a.take([account, address])).giveBack();
    expect(await outcomes(Array.from({ length: 9 }, () => b.take([account, address])))).toEqual({
      passed: 5,
      limited: 4,
    });
  });

  test("the error says when to retry, and the retry succeeds", async () => {
    const [a] = await nodes({ account: { most: 1, windowMs: 300 } });
    await a.take([account]);
    await expect(a.take([account])).rejects.toMatchObject({ facts: { retryAfterSeconds: 1 } });
    await expect
      .poll(
        () =>
          a.take([account]).then(
            () => true,
            () => false,
          ),
        { timeout: 10_000, interval: 50 },
      )
      .toBe(true);
  });

  test("an attacker at one address uses up that address only: the user signs in from another", async () => {
    const [a, b] = await nodes();
    const stranger = subjectsOf("ada@example.com", "203.0.113.7");
    const asked = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? a : b).take(stranger));
    expect(await outcomes(asked)).toEqual({ passed: 2, limited: 18 });
    await expect(b.take(subjectsOf("ada@example.com", "198.51.100.1"))).resolves.toBeDefined();
    // Many addresses together meet the brake of the account.
    const many = Array.from({ length: 10 }, (_, index) => a.take(subjectsOf("ada@example.com", `192.0.2.${index}`)));
    expect(await outcomes(many)).toEqual({ passed: 2, limited: 8 });
  });

  test("addresses of one IPv6 network count as one", async () => {
    const [a] = await nodes();
    const asked = Array.from({ length: 20 }, (_, index) => a.take([from(`2001:db8:1:2::${index + 1}`)]));
    expect(await outcomes(asked)).toEqual({ passed: 8, limited: 12 });
    await expect(a.take([from("2001:db8:1:3::1")])).resolves.toBeDefined();
  });
});

test("no attempt passes when neither store responds", async () => {
  const limiter = await node();
  proxy.cut();
  await open[0]?.database.close();
  await expect(limiter.take([account])).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});

test("Redis counts again once it is back", async () => {
  const limiter = await node();
  proxy.cut();
  await limiter.take([account]);
  proxy.heal();
  const keys = async (): Promise<number> => {
    const redis = new Redis(inject("queueRedisUrl"));
    const found = await redis.keys(`${keyPrefix}*`);
    await redis.quit();
    return found.length;
  };
  await expect
    .poll(async () => limiter.take([from("198.51.100.1")]).then(keys, keys), { timeout: 20_000, interval: 250 })
    .toBe(1);
});

test("stored attempts are bounded by the limit and expire with the window", async () => {
  const limiter = await node();
  await outcomes(Array.from({ length: 100 }, () => limiter.take([account, address])));
  const redis = new Redis(inject("queueRedisUrl"));
  try {
    const keys = await redis.keys(`${keyPrefix}*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(await redis.zcard(key)).toBe(5);
      expect(await redis.pttl(key)).toBeGreaterThan(0);
      // Emails are not readable in the store.
      expect(key).not.toContain("ada");
    }
  } finally {
    await redis.quit();
  }
});
