import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openBundles } from "@weir/testkit/bundles";
import { findRedis } from "@weir/embedded";
import { findRivals } from "../cache-correctness/rivals";
import { startRedisServer } from "../cache-fleet/redis-server";
import type { Check } from "../cache-speed/check";
import { measure } from "../cache-speed/measure";
import { countRoundTrips } from "../cache-speed/misses";
import { decideRatios } from "../cache-speed/ratios";
import { checkStampedes } from "../cache-speed/stampede";
import { summarize } from "../cache-speed/summary";
import { listVariants } from "../cache-speed/variants";
import { interleave } from "../rounds";
import { installing } from "../installing";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";
import { inTemporaryFolder } from "../temporary-folder";
import { describeTarget, holds } from "../targets";

const nodeProgram = new URL("../cache-speed/node.ts", import.meta.url);
const crowdProgram = new URL("../cache-speed/crowd.ts", import.meta.url);
const adapters = join(import.meta.dirname, "../peers/caches/speed");
/** Above this, an L1 hit has sent a command to Redis. */
const mostCommandsPerRead = 0.001;

async function play({ quick, log }: SuiteOptions, folder: string): Promise<SuiteResult> {
  const rivals = (await findRivals(log)).filter(({ name }) => name === "bentocache" || name === "cacheable");
  const { path, version } = await findRedis(installing(log));
  const bundles = openBundles();
  const redis = await startRedisServer(path, folder, ["--maxmemory-policy", "volatile-lfu"]);
  try {
    const [program, crowd] = await Promise.all([bundles.add(nodeProgram), bundles.add(crowdProgram)]);
    log("Counting round trips and loads …");
    const checks: Check[] = [
      ...(await countRoundTrips(redis, quick ? 5 : 20)),
      ...(await checkStampedes({ program: crowd, redis, folder }, quick ? 3 : 10)),
    ];

    const rounds = quick ? 3 : 10;
    const variants = listVariants((rival) => pathToFileURL(join(adapters, `${rival}.mjs`)).href).filter(
      ({ decides }) => decides || !quick,
    );
    log(`${rounds} rounds of ${variants.length} measurements, each in its own warmed-up process …`);
    const measuring = { program, redis, folder, warmUpMs: quick ? 500 : 800, sampleMs: quick ? 600 : 500 };
    const results = await interleave({
      items: variants,
      rounds,
      random: Math.random,
      measure: (variant) => measure(measuring, variant),
      onRound: (done) => log(`Round ${done} of ${rounds}`),
    });
    const ownHits = [...results].filter(([{ name, settings }]) => name.startsWith("Weir") && settings.tier === "l1");
    const most = Math.max(...ownHits.flatMap(([, samples]) => samples.map(({ commandsPerRead }) => commandsPerRead)));
    checks.push({
      name: "an L1 hit sends nothing to Redis",
      held: most <= mostCommandsPerRead,
      detail: `at most ${most.toFixed(5)} commands per read, including those of the log`,
    });

    const targets = decideRatios(results);
    log(`\n${summarize(results)}\n`);
    log("CPU time of the reading process with all its threads; 95 % intervals in brackets.");
    for (const { name, version: of } of rivals) log(`${name} ${of}`);
    for (const target of targets) log(describeTarget(target));
    for (const { name, held, detail } of checks) log(`${held ? "✓ held  " : "✗ missed"} ${name}: ${detail}`);
    const held = targets.filter(holds).length + checks.filter((check) => check.held).length;
    return {
      held,
      missed: targets.length + checks.length - held,
      report: {
        rounds,
        versions: { redis: version, ...Object.fromEntries(rivals.map(({ name, version: of }) => [name, of])) },
        targets: targets.map((target) => ({ ...target, held: holds(target) })),
        checks,
        samples: [...results].map(([{ path: of, name }, samples]) => ({ path: of, name, samples })),
      },
    };
  } finally {
    bundles.remove();
    await redis.close();
  }
}

export const suite: Suite = {
  name: "cache-speed",
  summary: "CPU time per read of the cache alone: raw lru-cache and ioredis, bentocache, cacheable and Weir",
  quickSeconds: 95,
  fullSeconds: 480,
  run: (options) => inTemporaryFolder("speed", (folder) => play(options, folder)),
};
