import { createHash, randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { addressKey } from "./address-key";
import { defineScript, evalScript } from "@weir/core/redis-script";
import { PlatformError } from "@/server/errors";

export type AttemptLimit = { most: number; windowMs: number };
export type AttemptLimits = Readonly<Record<AttemptSubject["kind"], AttemptLimit>>;

/**
 * Counts failed attempts only: a successful sign-in gives its attempt back. One address uses up its own attempts at an
 * account and not those of the user at another address; alone, it cannot reach the per-user limit.
 */
const defaultAttemptLimits: AttemptLimits = {
  pair: { most: 10, windowMs: 15 * 60_000 },
  address: { most: 30, windowMs: 15 * 60_000 },
  account: { most: 300, windowMs: 60 * 60_000 },
};

/** What an attempt counts against: an email, a client's address, or the two together. */
export type AttemptSubject = { kind: "account" | "address" | "pair"; key: string };

/** What an attempt at `email` from `address` counts against. */
export function subjectsOf(email: string, address: string): AttemptSubject[] {
  return [
    { kind: "account", key: email },
    { kind: "address", key: address },
    { kind: "pair", key: `${addressKey(address)} ${email}` },
  ];
}

export type Attempt = {
  /** Stops counting an attempt that succeeded. Never rejects: at worst the attempt keeps counting. */
  giveBack: () => Promise<void>;
};

export type LimitedKey = { key: string; most: number; windowMs: number };

/** The fallback count while Redis is unreachable. */
export type AttemptStore = {
  /** 0 when the attempt was counted against all keys; otherwise it counted against none, and this is the wait in ms. */
  take: (keys: readonly LimitedKey[], attempt: string) => Promise<number>;
  giveBack: (keys: readonly string[], attempt: string) => Promise<void>;
};

export type AttemptLimiter = {
  /**
   * Counts an attempt against all subjects, or against none when one of them is exhausted.
   * @throws WeirError SIGN_IN_LIMITED; or the Postgres error when neither store is reachable: no attempt passes
   *   uncounted
   */
  take: (subjects: readonly AttemptSubject[]) => Promise<Attempt>;
};

export type AttemptLimiterOptions = {
  redis: Redis;
  keyPrefix: string;
  /** Used while Redis is out of reach. */
  fallback: AttemptStore;
  limits?: AttemptLimits;
  now: () => number;
};

/** How long Redis is not tried again after it has failed. */
const coolDownMs = 2_000;

/**
 * KEYS: what is limited. ARGV: the attempt, then for each key the maximum and its window in ms. A sorted set per key
 * holds the attempts of its window, scored by the Redis clock. It never exceeds the maximum and expires with the
 * window. Returns 0, or the ms to wait.
 */
const takeScript = defineScript(
  "weir.attempts.take",
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
  local max, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  if redis.call('ZCARD', key) >= max then
    local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    wait = math.max(wait, tonumber(oldest[2]) + window - now, 1)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2 * i + 1])
end
return 0
`,
);

/** KEYS: what was counted. ARGV: the attempt. */
const giveBackScript = defineScript(
  "weir.attempts.giveBack",
  `
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return 0
`,
);

function storeOf(redis: Redis): AttemptStore {
  return {
    take: async (keys, attempt) => {
      const limits = keys.flatMap(({ most, windowMs }) => [most, windowMs]);
      const names = keys.map(({ key }) => key);
      return Number(await evalScript(redis, takeScript, names, [attempt, ...limits]));
    },
    giveBack: async (keys, attempt) => {
      await evalScript(redis, giveBackScript, keys, [attempt]);
    },
  };
}

/** Hashes an email address for the store, so that the store does not reveal who tries to sign in. */
const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

/**
 * Counts attempts exactly across all nodes: in Redis, and in Postgres while Redis is unreachable. The two counts are
 * independent, so up to twice as many attempts pass during a switch.
 */
export function createAttemptLimiter(options: AttemptLimiterOptions): AttemptLimiter {
  const { redis, keyPrefix, fallback, limits = defaultAttemptLimits, now } = options;
  const shared = storeOf(redis);
  let awayUntilMs = Number.NEGATIVE_INFINITY;

  const limitedKey = ({ kind, key }: AttemptSubject): LimitedKey => {
    const name = kind === "address" ? addressKey(key) : hashOf(key);
    // One hash tag: a script may touch all of them.
    return { key: `${keyPrefix}{attempts}:${kind}:${name}`, ...limits[kind] };
  };

  async function take(keys: readonly LimitedKey[], attempt: string): Promise<{ store: AttemptStore; waitMs: number }> {
    if (now() >= awayUntilMs) {
      try {
        return { store: shared, waitMs: await shared.take(keys, attempt) };
      } catch {
        awayUntilMs = now() + coolDownMs;
      }
    }
    return { store: fallback, waitMs: await fallback.take(keys, attempt) };
  }

  return {
    take: async (subjects) => {
      // Always in the same order: the Postgres store locks rows, and different orders would deadlock.
      const keys = subjects.map(limitedKey).toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const attempt = randomBytes(9).toString("base64url");
      const { store, waitMs } = await take(keys, attempt);
      if (waitMs > 0) {
        const retryAfterSeconds = Math.ceil(waitMs / 1000);
        throw new PlatformError("SIGN_IN_LIMITED", { facts: { retryAfterSeconds } });
      }
      const names = keys.map(({ key }) => key);
      return { giveBack: () => store.giveBack(names, attempt).catch(() => undefined) };
    },
  };
}
