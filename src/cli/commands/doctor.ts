import { printableInLine } from "@/server/log/printable";
import type { ServerReport } from "@weir/postgres";
import type { PlatformRuntime } from "@/server/runtime";
import type { Command } from "../command";
import { bytes } from "../table";

type Footprint = Awaited<ReturnType<PlatformRuntime["telemetryReader"]["footprint"]>>;
type RedisTier = NonNullable<Footprint["redis"]>[number];
type Table = NonNullable<Footprint["postgres"]>["tables"][number];

type Finding = { check: string; ok: boolean; detail: string };

async function look(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, detail: await work() };
  } catch (error) {
    return { check, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

const partChecks = {
  postgres: "Postgres accepts writes",
  cache: "cache Redis responds",
  queue: "queue Redis responds",
  clock: "clocks agree",
} as const;

/** The stores as `/readyz` reports them, with the server's own message. */
function partFindings(
  parts: ReturnType<PlatformRuntime["health"]["report"]>["parts"],
  skewMs: number | null,
): Finding[] {
  return (["postgres", "cache", "queue", "clock"] as const).map((name) => {
    const { state, reason, detail } = parts[name];
    const isUp = state === "up";
    const whenUp =
      name !== "clock" ? "yes" : skewMs === null ? "not compared" : `this one differs from the others by ${skewMs} ms`;
    return { check: partChecks[name], ok: isUp, detail: isUp ? whenUp : `${state}: ${detail ?? reason ?? ""}` };
  });
}

/** The checks of the features. */
function featureChecks({ checks }: PlatformRuntime): Promise<Finding>[] {
  return checks.map(({ name, run }) => look(name, run));
}

function describeTier({ tier, slots, bytes: size, isSampled }: RedisTier): string {
  return `${slots} slots of ${tier}, ${isSampled ? "about " : ""}${bytes(size)}`;
}

function describeTable({ table, rows, bytes: size }: Table): string {
  return `${table} ${rows} rows, ${bytes(size)}`;
}

/** The sweep takes about a second, and Redis may have been away for a moment. */
const maxWaitMs = 10_000;

/** What other programs' writes depend on: the triggers that the features expect, and the outbox. */
export async function outboxFindings({ touchChecks }: Pick<PlatformRuntime, "touchChecks">): Promise<Finding[]> {
  const triggers = await touchChecks.triggers().catch((error: unknown) => String(error));
  const ofTriggers =
    typeof triggers === "string"
      ? [{ check: "triggers", ok: false, detail: triggers }]
      : triggers.map(({ trigger: { schema, table }, problems }) => ({
          check: `trigger of ${schema}.${table}`,
          ok: problems.length === 0,
          detail:
            problems.length === 0
              ? "every write invalidates"
              : `${problems.join(" ")} Let the owner of the table apply the SQL of the trigger.`,
        }));
  const ofOutbox = await look("cache outbox", async () => {
    const { waiting, oldestMs, problems } = await touchChecks.outbox();
    const detail =
      oldestMs === null ? "empty" : `${waiting} rows wait, the oldest for ${(oldestMs / 1_000).toFixed(1)} s`;
    if (problems.length > 0) throw new Error(`${detail}. ${problems.join(" ")}`);
    if (oldestMs !== null && oldestMs > maxWaitMs) {
      throw new Error(`${detail}: no node applies them. Is a node running, and REDIS_URL reachable from it?`);
    }
    return detail;
  });
  return [...ofTriggers, ofOutbox];
}

/** The check that a start runs before it changes anything. */
async function serverFindings(examine: () => Promise<ServerReport>): Promise<Finding[]> {
  const check = "Postgres suits";
  try {
    const { summary, problems, remarks } = await examine();
    const wrong = problems.map((detail) => ({ check, ok: false, detail }));
    const known = remarks.map((detail) => ({ check: "Postgres, note", ok: true, detail }));
    return [...(wrong.length > 0 ? wrong : [{ check, ok: true, detail: summary }]), ...known];
  } catch (error) {
    return [{ check, ok: false, detail: error instanceof Error ? error.message : String(error) }];
  }
}

export const createDoctorCommand = (examine: () => Promise<ServerReport>): Command => ({
  name: "doctor",
  summary: "checks Postgres, Redis, the data and the cache log, and shows the size of telemetry",
  usage: `Usage: npm run weir -- doctor [--json]

Changes nothing. Exit status: 0 when every check passes, 1 otherwise.`,
  options: {},
  readsOnly: true,
  run: async (_invocation, open) => {
    const runtime = await open();
    const { database, cache, clock, health, queueRedis, telemetryReader } = runtime;
    const [{ parts }, footprint] = await Promise.all([health.check(), telemetryReader.footprint()]);
    const findings = [
      ...(await serverFindings(examine)),
      await look("Postgres responds", async () => `${(await database.ping()).toFixed(1)} ms`),
      ...partFindings(parts, clock.status().skewMs),
      ...(await Promise.all(featureChecks(runtime))),
      ...(await outboxFindings(runtime)),
      await look("cache log", async () => {
        const { logConnected, epoch } = cache.stats();
        if (!logConnected) throw new Error("The invalidation log is unreachable: REDIS_URL does not respond.");
        return `epoch ${epoch}`;
      }),
      await look("cache Redis eviction policy", async () => {
        const { version, memoryPolicy } = await cache.inspect.server();
        if (memoryPolicy.startsWith("allkeys-")) {
          throw new Error(
            `REDIS_URL uses ${memoryPolicy}, which may evict the cache's clock. Set maxmemory-policy to volatile-lfu.`,
          );
        }
        return `${memoryPolicy}, version ${version}`;
      }),
      await look("cache memory", async () => {
        const { usedBytes, maxBytes, evictedKeys } = await cache.inspect.server();
        const limit = maxBytes === null ? "no limit" : `of ${bytes(maxBytes)}`;
        return `${bytes(usedBytes)}, ${limit}; ${evictedKeys} keys evicted`;
      }),
      await look("cache entries", async () => {
        const { groups, isExact } = await cache.inspect.groups();
        return groups.map(({ group, entries }) => `${group} ${isExact ? "" : "about "}${entries}`).join(", ");
      }),
      await look("queue Redis eviction policy", async () => {
        const info = await queueRedis.info("memory");
        const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? "unknown";
        if (policy !== "noeviction")
          throw new Error(`QUEUE_REDIS_URL uses ${policy}. Set maxmemory-policy to noeviction.`);
        return policy;
      }),
      await look("telemetry in Redis", async () => {
        if (footprint.redis === null) throw new Error("QUEUE_REDIS_URL did not respond in time.");
        return footprint.redis.map(describeTier).join("; ");
      }),
      await look("telemetry in Postgres", async () => {
        if (footprint.postgres === null) throw new Error("DATABASE_URL did not respond in time.");
        return footprint.postgres.tables.map(describeTable).join("; ");
      }),
    ];
    const text = findings
      .map(({ check, ok, detail }) => `${ok ? "ok   " : "wrong"}  ${check}: ${printableInLine(detail)}`)
      .join("\n");
    return { text, data: { ok: findings.every(({ ok }) => ok), findings, telemetry: footprint } };
  },
});
