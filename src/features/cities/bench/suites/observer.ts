import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { startCityServices } from "../city-services";
import { gatherMaterial } from "../hot-path/statements";
import { findLoadGenerator } from "../../../../../bench/load/generator";
import { describeEvents, measureEvents } from "../observer/event-costs";
import { describeReading, judgeReading, measureReading } from "../observer/reading-costs";
import { findCosts, tableOf, targetsOf } from "../observer/judge";
import { measureRedisTraffic } from "../observer/redis-traffic";
import { listStints, type Stint } from "../observer/rows";
import { type Measured, runStint, type Stage, startObserved } from "../observer/run-stint";
import type { Suite, SuiteOptions, SuiteResult } from "../../../../../bench/suite";
import { describeTarget, holds } from "../../../../../bench/targets";

const cityCount = 1_000;
/** Maximum rate of Redis commands per node, regardless of its load. */
const mostCommandsPerSecond = 4;

/** One node under a mix of all measured paths. */
async function measureTraffic(stage: Stage, stints: readonly Stint[], seconds: number) {
  const server = await startObserved(stage, "recording", []);
  try {
    const pathsFile = join(stage.services.folder, "mix.txt");
    const urls = stints.flatMap(({ rows }) => rows.flatMap((row) => row.urls));
    writeFileSync(pathsFile, urls.map((url) => `${url}\n`).join(""));
    const { generator, services } = stage;
    const options = { redisUrl: services.queueRedisUrl, generator, origin: server.origin, pathsFile };
    // Its first seconds include one-time data: texts, times to live.
    await measureRedisTraffic({ ...options, seconds: 2 });
    return await measureRedisTraffic({ ...options, seconds });
  } finally {
    await server.stop();
  }
}

/** All stints in turn, so that no path gets only the machine's better minutes. */
async function measureAll(stage: Stage, stints: readonly Stint[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  const most = Math.max(...stints.map(({ generations }) => generations));
  for (let generation = 0; generation < most; generation += 1) {
    for (const stint of stints.filter(({ generations }) => generation < generations)) {
      stage.log(`New servers, ${stint.name}, ${generation + 1} of ${stint.generations}: ${stint.rounds} rounds`);
      measured.push(...(await runStint(stage, stint)));
    }
  }
  return measured;
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const generator = await findLoadGenerator(log);
  const services = await startCityServices(log);
  try {
    const stage: Stage = { services, generator, log };
    const { cities } = await gatherMaterial(services.databaseUrl, cityCount);
    const stints = listStints(
      cities.map(({ id }) => id),
      quick,
    );
    log("Counting what single messages cost …");
    const events = await measureEvents(services, quick ? 300 : 1_500);
    log("Measuring what reading costs …");
    const reading = await measureReading(services, quick ? 2 : 5);
    log("Counting what one node sends to Redis …");
    const traffic = await measureTraffic(stage, stints, quick ? 8 : 30);
    const measured = await measureAll(stage, stints);

    const costs = findCosts(measured, Math.random);
    log(`\n${tableOf(costs)}\n`);
    log(`${describeEvents(events)}\n`);
    log(`${describeReading(reading)}\n`);
    const kilobytes = (traffic.bytesPerMinute / 1024).toFixed(0);
    const commands = traffic.commandsPerSecond.toFixed(1);
    const byName = Object.entries(traffic.commands).map(([name, times]) => `${name} ${times}`);
    log(`One node under load sends ${kilobytes} KB a minute to Redis, in ${commands} commands a second:`);
    log(`${byName.join(", ")} in ${traffic.seconds.toFixed(0)} s.`);
    const targets = targetsOf(costs);
    for (const target of targets) log(describeTarget(target));
    const commandsHeld = traffic.commandsPerSecond <= mostCommandsPerSecond;
    log(`${commandsHeld ? "✓ held  " : "✗ missed"} at most ${mostCommandsPerSecond} commands a second: ${commands}`);
    const readingBounds = judgeReading(reading);
    for (const { line } of readingBounds) log(line);
    const bounds = [...targets.map(holds), commandsHeld, ...readingBounds.map(({ isHeld }) => isHeld)];
    const held = bounds.filter(Boolean).length;
    return {
      held,
      missed: bounds.length - held,
      report: {
        generator: generator.name,
        costs: costs.map(({ row, ...cost }) => ({ path: row.name, most: row.most, ...cost })),
        events: Object.fromEntries(events),
        traffic,
        reading,
        samples: measured.map(({ row, samples }) => ({ path: row.name, samples: Object.fromEntries(samples) })),
      },
    };
  } finally {
    await services.close();
  }
}

export const suite: Suite = {
  name: "observer",
  summary:
    "what recording costs: CPU time per request with it and without, per message and per reading, and what goes to Redis",
  quickSeconds: 110,
  fullSeconds: 590,
  run,
};
