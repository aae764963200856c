import type { Redis } from "ioredis";
import type { Cache } from "@weir/cache";
import type { Db, ServerProbe, Tx } from "@weir/postgres";
import { defineScript, evalScript } from "@weir/core/redis-script";
import { runInScope } from "@weir/core/scope";
import { describeSkew, maxClockSkewMs, type SharedClock } from "@weir/core/shared-clock";
import { createHealth, type Finding, type Health, type HealthReport } from "./health";

export type HealthSources = {
  nodeId: string;
  keyPrefix: string;
  postgres: ServerProbe;
  cache: Pick<Cache<Db, Tx>, "stats">;
  queueRedis: Redis;
  /** Whether a balancer sends requests here: what this node reaches then counts for the other nodes. */
  servesCalls: boolean;
  /** Why the queue's Redis is unreachable: its own message; null while it is reachable. */
  queueProblem: () => string | null;
  clock: SharedClock;
};

const probeMs = 1_500;
/** How long another node's report that Postgres responds counts. */
const seenForMs = 5_000;
/** A report this long after this node lost Postgres shows that only this node is affected. */
const marginMs = 2_000;
const policyEveryMs = 60_000;

/**
 * KEYS: the nodes that reached Postgres, by the time on the Redis clock. ARGV: this node's ID, '1' if it reaches Postgres.
 * Writes even then, so that a server that refuses writes is noticed. Returns the Redis clock in microseconds, and how many
 * ms ago another node reached Postgres, or -1.
 */
const seenScript = defineScript(
  "weir.health.seen",
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '1' then redis.call('ZADD', KEYS[1], now, ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
redis.call('PEXPIRE', KEYS[1], 60000)
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 1, 'WITHSCORES')
local age = -1
for at = 1, #newest, 2 do
  if newest[at] ~= ARGV[1] then age = now - tonumber(newest[at + 1]) break end
end
return { time[1], time[2], age }
`,
);

const isReplies = (reply: unknown): reply is readonly unknown[] => Array.isArray(reply);

/** The server's own message, below the error of the catalogue. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  // Several addresses were tried: each has an error of its own.
  if (cause instanceof AggregateError) return cause.errors.map(wordsOf).join("; ");
  return cause instanceof Error ? wordsOf(cause) : error.message;
}

/** What the public may know about a failure. */
function reasonOf(words: string): string {
  if (/READONLY|read-only/iu.test(words)) return "read-only";
  if (/LOADING|MASTERDOWN|starting up|recovery/iu.test(words)) return "not ready for work";
  if (/WRONGPASS|NOAUTH|NOPERM|password|authentication/iu.test(words)) return "refused the credentials";
  if (/certificate|self.signed|TLS|SSL/iu.test(words)) return "TLS failed";
  if (/timed? ?out|ETIMEDOUT|within \d+ ms/iu.test(words)) return "no response";
  return "unreachable";
}

/**
 * The variable and the server's message if a store is unusable until its settings change: credentials, an unknown
 * host, an untrusted certificate. Null for temporary errors: refused, timed out, loading.
 */
export function findMisconfiguration({ parts }: HealthReport): string | null {
  const variables = { cache: "REDIS_URL", queue: "QUEUE_REDIS_URL" } as const;
  for (const name of ["cache", "queue"] as const) {
    const { state, detail } = parts[name];
    if (state === "down" && detail !== null && isMisconfigured(detail)) return `${variables[name]}: ${detail}`;
  }
  return null;
}

const isMisconfigured = (words: string): boolean =>
  /^(?:WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password)|ENOTFOUND|certificate|altnames|wrong version number/iu.test(
    words,
  );

const down = (words: string): Finding => ({ state: "down", reason: reasonOf(words), detail: words });

/** The health of this node: whether it reaches its stores, whether they accept writes, and whether its clock is right. */
export function watchStores(sources: HealthSources): Health {
  const { nodeId, keyPrefix, postgres, cache, queueRedis, queueProblem, clock, servesCalls } = sources;
  const seenKey = `${keyPrefix}health:postgres`;
  let reachesPostgres = false;
  let seenElsewhere: { ageMs: number; atMs: number } | null = null;
  let policy: { words: string | null; atMs: number } | null = null;
  let requests = 0;

  async function lookAtPostgres(): Promise<Finding> {
    try {
      const reading = await postgres.read(probeMs);
      clock.observe("postgres", reading);
      reachesPostgres = !reading.isReadOnly;
      if (!reading.isReadOnly) return { state: "up" };
      return { state: "degraded", reason: "read-only", detail: "The server accepts no writes: it is read-only." };
    } catch (error) {
      reachesPostgres = false;
      return down(wordsOf(error));
    }
  }

  async function lookAtQueue(): Promise<Finding> {
    const sentAtMs = performance.now();
    let reply: unknown;
    try {
      reply = await evalScript(queueRedis, seenScript, [seenKey], [nodeId, servesCalls && reachesPostgres ? "1" : "0"]);
    } catch (error) {
      seenElsewhere = null;
      // A server that is frozen keeps its connection: the address, or a Sentinel, may lead to another by now.
      if (queueRedis.status === "ready" && wordsOf(error) === "Command timed out") queueRedis.disconnect(true);
      return down(queueProblem() ?? wordsOf(error));
    }
    const receivedAtMs = performance.now();
    const [seconds, microseconds, ageMs] = isReplies(reply) ? reply.map(Number) : [];
    clock.observe("redis", {
      sentAtMs,
      receivedAtMs,
      serverMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000,
    });
    seenElsewhere = ageMs === undefined || ageMs < 0 ? null : { ageMs, atMs: receivedAtMs };
    const words = await policyProblem();
    return words === null ? { state: "up" } : { state: "degraded", reason: "evicts keys", detail: words };
  }

  /** Looked up once a minute. A server that hides it is not judged. */
  async function policyProblem(): Promise<string | null> {
    const atMs = performance.now();
    if (policy !== null && atMs - policy.atMs < policyEveryMs) return policy.words;
    const info = await queueRedis.info("memory").catch(() => "");
    const name = /maxmemory_policy:(\S+)/u.exec(info)?.[1];
    const words =
      name === undefined || name === "noeviction"
        ? null
        : `Its maxmemory-policy is ${name}, which may remove jobs, counters and telemetry. Set it to noeviction.`;
    policy = { words, atMs };
    return words;
  }

  function lookAtCache(): Finding {
    const { logConnected, l2, problem } = cache.stats();
    if (l2 !== "closed") return down(problem ?? "Too many reads timed out, so reads bypass it: its breaker is open.");
    if (logConnected)
      return problem === null ? { state: "up" } : { state: "degraded", reason: "unsuitable", detail: problem };
    return down(problem ?? "It does not respond.");
  }

  function lookAtClock(): Finding {
    const { state, skewMs, stores } = clock.status();
    if (state === "disputed") {
      const offs = Object.entries(stores).map(([store, ms]) => `${store} by ${describeSkew(ms)}`);
      const detail = `No two clocks agree: compared with this node, ${offs.join(" and ")}. Telemetry is not written.`;
      return { state: "degraded", reason: "disputed", detail };
    }
    const wrong = wrongClock(skewMs ?? 0, stores);
    return wrong === null ? { state: "up" } : { state: "degraded", reason: "off", detail: wrong };
  }

  const inScope = (look: () => Promise<Finding> | Finding) => (): Promise<Finding> => {
    requests += 1;
    const scope = {
      request: { id: `health-${requests}` },
      origin: "job",
      procedure: null,
      deadlineAtMs: null,
    } as const;
    return runInScope(scope, async () => look());
  };

  const health = createHealth({
    probes: {
      postgres: { label: "Postgres (DATABASE_URL)", look: inScope(lookAtPostgres) },
      cache: { label: "The cache's Redis (REDIS_URL)", look: inScope(lookAtCache) },
      queue: { label: "The queue's Redis (QUEUE_REDIS_URL)", look: inScope(lookAtQueue) },
      clock: { label: "The clock", look: inScope(lookAtClock) },
    },
    isPostgresSeenElsewhere: (lostForMs) => {
      if (seenElsewhere === null) return false;
      const ageMs = seenElsewhere.ageMs + performance.now() - seenElsewhere.atMs;
      return ageMs < seenForMs && ageMs < lostForMs - marginMs;
    },
  });
  return {
    ...health,
    close: () => {
      health.close();
      void postgres.close();
    },
  };
}

/** Which clock is wrong, as a sentence; null if all are right. */
function wrongClock(skewMs: number, stores: ReturnType<SharedClock["status"]>["stores"]): string | null {
  const say = (whose: string, aheadMs: number): string =>
    `${whose} is ${describeSkew(aheadMs)} ${aheadMs > 0 ? "ahead" : "behind"}; times are taken from the clocks that agree.`;
  if (Math.abs(skewMs) > maxClockSkewMs) return say("The clock of this node", skewMs);
  for (const [store, aheadMs] of Object.entries(stores)) {
    if (Math.abs(aheadMs + skewMs) > maxClockSkewMs) return say(`The clock of ${store}`, aheadMs + skewMs);
  }
  return null;
}
