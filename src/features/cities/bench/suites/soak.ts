import { waitUntil } from "@weir/embedded/processes";
import { startCityServices } from "../city-services";
import { createRandom } from "../../../../../bench/fuzz/random";
import { gatherMaterial } from "../hot-path/statements";
import { findLoadGenerator } from "../../../../../bench/load/generator";
import { sendBursts } from "../soak/bursts";
import { decide, mostIdleUtilisation, type Outcome } from "../soak/checks";
import { gatherCrowd } from "../soak/crowd";
import { liveMb } from "../../../../../bench/process/live-memory";
import { type SoakedServer, startSoakedServer } from "../soak/soaked-server";
import { describeRun } from "../soak/time-table";
import { watch } from "../soak/watch";
import { buildWorkingSet } from "../soak/working-set";
import type { Suite, SuiteOptions, SuiteResult } from "../../../../../bench/suite";

const cityCount = 1_000;
/** An idle connection of a disconnected client is noticed at once; a stalled body within this time. */
const quietWithinMs = 35_000;

/** Waits until the server is idle without connections, and returns its state. Null when it has died. */
async function watchItCalmDown(server: SoakedServer): Promise<Outcome["idle"]> {
  if (!server.isAlive()) return null;
  let idle = { connections: Infinity, eventLoopUtilisation: 1 };
  const look = async (): Promise<boolean> => {
    const connections = server.connections();
    const { eventLoopUtilisation } = await server.figures();
    idle = { connections, eventLoopUtilisation };
    return connections === 0 && eventLoopUtilisation <= mostIdleUtilisation;
  };
  await waitUntil(look, quietWithinMs, 1_000);
  return idle;
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const [sampleSeconds, count] = quick ? [1, 60] : [5, 120];
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = createRandom(seed);
  const generator = await findLoadGenerator(log);
  const services = await startCityServices(log);
  let server: SoakedServer | undefined;
  try {
    const { cities } = await gatherMaterial(services.databaseUrl, cityCount);
    const soaked = await startSoakedServer(services);
    server = soaked;
    const { origin } = soaked;
    const set = buildWorkingSet(cities);
    const crowd = gatherCrowd(origin, random);
    const { tally } = crowd;

    log("Filling the caches …");
    await crowd.fill(set);
    const filling = tally.answers;
    const before = await server.liveMemory();
    log(`Seed ${seed}: ${sampleSeconds * count} s of load; a burst by ${generator.name} for 2 s out of 10 …`);
    let over = false;
    const isOver = (): boolean => over || !soaked.isAlive();
    const folder = services.folder;
    const load = Promise.all([
      crowd.visit(set, isOver),
      sendBursts({ generator, origin, folder, set, random, tally, isOver }),
    ]);
    const watching = watch({ server, answers: () => tally.answers - filling, sampleSeconds, count });
    try {
      // Either may fail; only then does the load end before the watch.
      await Promise.race([watching, load]);
    } finally {
      over = true;
      await load.finally(() => crowd.leave());
    }
    const { samples, live } = await watching;
    const idle = await watchItCalmDown(server);
    const after = server.isAlive() ? await server.liveMemory() : null;

    log(`\n${describeRun({ samples, live })}\n`);
    log(`Responses by status: ${tally.statuses.map(([status, times]) => `${status}: ${times}`).join("  ")}`);
    log(`Clients that disconnected before their response: ${tally.left}`);
    const checks = decide({
      isAlive: server.isAlive(),
      isComplete: samples.length === count,
      samples,
      liveMb: live.map(liveMb),
      tally,
      idle,
    });
    for (const { name, held, detail } of checks) log(`${held ? "✓ held  " : "✗ missed"} ${name}: ${detail}`);
    const held = checks.filter((check) => check.held).length;
    const { statuses, left, unexpected, examples } = tally;
    const answers = { statuses, left, unexpected, examples };
    const report = {
      seed,
      generator: generator.name,
      answers,
      checks,
      idle,
      live: { before, quarters: live, after },
      samples,
    };
    return { held, missed: checks.length - held, report };
  } finally {
    await server?.stop();
    await services.close();
  }
}

export const suite: Suite = {
  name: "soak",
  summary: "ten minutes of mixed load: memory stays flat, nothing fails, nothing is left open",
  quickSeconds: 100,
  fullSeconds: 660,
  run,
};
