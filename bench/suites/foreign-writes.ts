import { openBundles } from "@weir/testkit/bundles";
import { env } from "@/env.js";
import { findRedis, startTemporaryServices } from "@weir/embedded";
import { migrateDatabase } from "@weir/postgres";
import { type RedisServer, startRedisServer } from "../cache-fleet/redis-server";
import { type Bank, openBank } from "../foreign-writes/accounts";
import { type Cost, measureCost } from "../foreign-writes/measure-cost";
import { type Phase, type PhaseTools, runPhase } from "../foreign-writes/run-phase";
import { createRandom } from "../fuzz/random";
import { installing } from "../installing";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";
import { formatTable } from "../table";

const accounts = 2_000;
const costAccounts = 100_000;

type Check = { name: string; held: boolean; detail: string };

/** The bounds of docs/cache.md. Only the last one allows for what was committed just before the log was lost. */
function phasesOf(quick: boolean): Phase[] {
  const reads = quick ? 30_000 : 1_000_000;
  const common = { nodes: 2, shortestMs: quick ? 8_000 : 30_000, longestMs: quick ? 30_000 : 240_000, sweepMs: 1_000 };
  return [
    { ...common, name: "a-node-listens", reads, listens: true, boundMs: 500 },
    { ...common, name: "none-listens", reads: reads / 4, listens: false, boundMs: 2_000 },
    {
      ...common,
      name: "redis-is-away",
      reads: reads / 4,
      listens: true,
      boundMs: 3_500,
      outageMs: quick ? 5_000 : 10_000,
      recoveryMs: 2_000,
    },
  ];
}

/** Until some reads are older than any bound. */
const withoutTrigger: Phase = {
  name: "without-a-trigger",
  nodes: 2,
  reads: Number.POSITIVE_INFINITY,
  shortestMs: 0,
  longestMs: 4_000,
  listens: true,
  sweepMs: 1_000,
  boundMs: 2_000,
};

async function judge(phase: Phase, tools: PhaseTools, log: SuiteOptions["log"]) {
  const result = await runPhase(phase, tools);
  const { reads, writes, rollbacks, behind, longestMs, p99Ms, stale, failedReads, seconds } = result;
  log(
    `${phase.name}: ${reads} reads, ${writes} changed accounts, ${rollbacks} rollbacks in ${seconds.toFixed(0)} s; ${behind} reads behind a commit, by ${p99Ms.toFixed(0)} ms (p99), ${longestMs.toFixed(0)} ms at most`,
  );
  for (const one of stale.slice(0, 5)) log(`Stale: ${JSON.stringify(one)}`);
  const checks: Check[] = [
    {
      name: `${phase.name}: no read is more than ${phase.boundMs} ms behind a commit`,
      held: stale.length === 0,
      detail: `${stale.length} of ${reads}, the longest ${longestMs.toFixed(0)} ms`,
    },
    { name: `${phase.name}: no read failed`, held: failedReads === 0, detail: String(failedReads) },
    {
      name: `${phase.name}: at least ${phase.reads} reads were judged`,
      held: reads >= phase.reads,
      detail: String(reads),
    },
  ];
  return { result: { ...result, stale: stale.slice(0, 100) }, checks };
}

function costTable(costs: readonly Cost[]): string {
  const digits = (unit: Cost["unit"]): number => (unit === "ms" ? 2 : 0);
  return formatTable(
    ["write", "unit", "without", "with trigger", "ratio", "95 %"],
    costs.map(({ name, unit, without, with: withIt, ratio: { ratio, interval } }) => [
      name,
      unit,
      without.toFixed(digits(unit)),
      withIt.toFixed(digits(unit)),
      ratio.toFixed(2),
      interval === null ? "" : `${interval[0].toFixed(2)} to ${interval[1].toFixed(2)}`,
    ]),
  );
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  log(`Seed ${seed}`);
  const { next: random } = createRandom(seed);
  const { path: redisBinary } = await findRedis(installing(log));
  const services = await startTemporaryServices({ install: env.WEIR_INSTALL });
  const bundles = openBundles();
  let redis: RedisServer | undefined;
  let bank: Bank | undefined;
  try {
    redis = await startRedisServer(redisBinary, services.folder, ["--maxmemory-policy", "volatile-lfu"]);
    const [node, writer] = await Promise.all([
      bundles.add(new URL("../foreign-writes/node.ts", import.meta.url)),
      bundles.add(new URL("../foreign-writes/writer.ts", import.meta.url)),
    ]);
    await migrateDatabase(services.databaseUrl);
    bank = await openBank(services.databaseUrl, accounts);
    const tools: PhaseTools = {
      programs: { node, writer },
      folder: services.folder,
      databaseUrl: services.databaseUrl,
      writerUrl: bank.writerUrl,
      redisUrl: redis.url,
      keyPrefix: "foreign:",
      accounts,
      random,
    };
    const checks: Check[] = [];
    const phases: Record<string, unknown> = {};

    log("Two nodes read, a program with four connections writes, and nothing invalidates …");
    const blind = await runPhase(withoutTrigger, tools);
    checks.push({
      name: "the judge sees a table without the trigger",
      held: blind.stale.length > 0,
      detail: `${blind.stale.length} of ${blind.reads} reads are stale`,
    });
    await bank.attach();
    for (const phase of phasesOf(quick)) {
      const judged = await judge(phase, tools, log);
      checks.push(...judged.checks);
      phases[phase.name] = judged.result;
    }
    await bank.close();
    bank = undefined;

    log("\nThe cost of the trigger …");
    bank = await openBank(services.databaseUrl, costAccounts);
    const costs = await measureCost(bank, { rounds: quick ? 3 : 10, bulkRows: costAccounts, random });
    log(`${costTable(costs)}\n`);
    for (const { name, held, detail } of checks) log(`${held ? "✓ held  " : "✗ missed"} ${name}: ${detail}`);
    const held = checks.filter((check) => check.held).length;
    return { held, missed: checks.length - held, report: { checks, phases, costs } };
  } finally {
    await bank?.close();
    bundles.remove();
    await redis?.close();
    await services.close();
  }
}

export const suite: Suite = {
  name: "foreign-writes",
  summary:
    "a program that knows nothing of Weir writes under cached reads: how old a read may be, and the trigger's cost",
  quickSeconds: 90,
  fullSeconds: 420,
  run,
};
