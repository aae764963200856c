import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { TemporaryServices } from "@weir/embedded";
import { startCityServices } from "../city-services";
import { findLoadGenerator } from "../../../../../bench/load/generator";
import type { ServerProcess } from "../../../../../bench/process/server-process";
import { interleave } from "../../../../../bench/rounds";
import type { Suite, SuiteOptions, SuiteResult } from "../../../../../bench/suite";
import { warmUp } from "../../../../../bench/warm-up";
import { describeTarget, holds } from "../../../../../bench/targets";
import { checkAnswers } from "../hot-path/check-answers";
import { type Cell, listCells } from "../hot-path/cells";
import { findFastApi } from "../hot-path/fastapi";
import { connections, measure } from "../hot-path/measure";
import { measureMemory } from "../hot-path/memory";
import { sendFirstRequests } from "../hot-path/first-requests";
import { buildNext } from "../hot-path/next-build";
import { decideRatios, decides } from "../hot-path/ratios";
import { recordAnswers } from "../hot-path/record-answers";
import { poolMax, type ServerFiles, type ServerName, startNamed } from "../hot-path/servers";
import { gatherMaterial, type Material } from "../hot-path/statements";
import { summarize } from "../hot-path/summary";

const cityCount = 1_000;
const redisKeyPrefix = "rival:city:";
const constant = { hello: "world" };

/** Stores the cities where the rivals' Redis path reads them. Resolves with the version of the server. */
async function fillRedis(url: string, { cities }: Material): Promise<string> {
  const redis = new Redis(url);
  try {
    await redis.mset(cities.flatMap((city) => [redisKeyPrefix + city.id, JSON.stringify(city)]));
    return /^redis_version:(.*)$/m.exec(await redis.info("server"))?.[1]?.trim() ?? "unknown";
  } finally {
    redis.disconnect();
  }
}

function writeSettings(services: TemporaryServices, { statements, cities }: Material): ServerFiles {
  const { databaseUrl, redisUrl, folder } = services;
  const files = { settings: join(folder, "settings.json"), answers: join(folder, "answers.json") };
  const settings = { databaseUrl, redisUrl, redisKeyPrefix, poolMax, statements, cities, constant };
  // It contains passwords.
  writeFileSync(files.settings, JSON.stringify(settings), { mode: 0o600 });
  return files;
}

/** Starts every server that a cell needs. Plain node:http comes last, because it repeats Weir's responses. */
async function startServers(
  cells: readonly Cell[],
  services: TemporaryServices,
  files: ServerFiles,
  running: Map<ServerName, ServerProcess>,
): Promise<void> {
  const names = new Set(cells.map(({ server }) => server));
  names.delete("node:http");
  for (const name of names) running.set(name, await startNamed(name, services, files));

  const urls = cells
    .filter(({ server, path }) => server === "node:http" && path !== "constant")
    .flatMap((cell) => cell.urls);
  const recorded = await recordAnswers(running.get("Weir api")?.origin ?? "", urls);
  const body = JSON.stringify({ result: { data: constant } });
  const headers = ["content-type", "application/json", "content-length", String(body.length)];
  writeFileSync(files.answers, JSON.stringify([...recorded, ["/constant", { headers, body }]]));
  running.set("node:http", await startNamed("node:http", services, files));
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const rounds = quick ? 3 : 10;
  const generator = await findLoadGenerator(log);
  const fastApi = await findFastApi(log);
  await buildNext(log);
  const services = await startCityServices(log);
  const running = new Map<ServerName, ServerProcess>();
  try {
    const material = await gatherMaterial(services.databaseUrl, cityCount);
    const redisVersion = await fillRedis(services.redisUrl, material);
    const files = writeSettings(services, material);
    log("Measuring memory …");
    const memory = await measureMemory(services, files);

    const cells = listCells(material.cities.map(({ id }) => id))
      .filter((cell) => !quick || decides(cell))
      .filter(({ server }) => server !== "FastAPI" || "versions" in fastApi);
    log("Starting the servers …");
    await startServers(cells, services, files, running);

    const measureCell = (cell: Cell) => {
      const server = running.get(cell.server);
      if (server === undefined) throw new Error(`${cell.server} is not running.`);
      const pathsFile = join(services.folder, "paths.txt");
      writeFileSync(pathsFile, cell.urls.map((url) => `${url}\n`).join(""));
      return measure({ generator, server, pathsFile, seconds: 1, log });
    };
    log(`Warming up, then ${rounds} rounds of ${cells.length} measurements, ${connections} connections each …`);
    await sendFirstRequests(cells, running);
    const unsteady: Cell[] = [];
    for (const cell of cells) {
      const settled = await warmUp({ step: () => measureCell(cell), enough: 12_000, most: quick ? 3 : 10 });
      if (!settled) unsteady.push(cell);
    }
    for (const { path, server } of unsteady) log(`May not be warm yet: ${server}, ${path}`);
    await checkAnswers(cells, running);
    const results = await interleave({
      items: cells,
      rounds,
      random: Math.random,
      measure: measureCell,
      onRound: (done) => log(`Round ${done} of ${rounds}`),
    });

    const { targets, unmeasured } = decideRatios(results);
    targets.push(...memory);
    log(`\n${summarize(results)}\n`);
    log("Memory in MB; all else is compared by requests per CPU second of the server, its 95 % interval in brackets.");
    for (const target of targets) log(describeTarget(target));
    if ("missing" in fastApi) log(`Missing: ${fastApi.missing}.`);
    for (const { name, reason } of unmeasured) log(`– not measured  ${name}: ${reason}`);
    const held = targets.filter(holds).length;
    return {
      held,
      missed: targets.length - held,
      report: {
        generator: generator.name,
        connections,
        rounds,
        versions: { postgres: material.postgresVersion, redis: redisVersion, fastApi },
        targets: targets.map((target) => ({ ...target, held: holds(target) })),
        unmeasured,
        cells: [...results].map(([{ path, server }, samples]) => ({ path, server, samples })),
      },
    };
  } finally {
    await Promise.all([...running.values()].map((server) => server.stop()));
    await services.close();
  }
}

export const suite: Suite = {
  name: "hot-path",
  summary: "CPU time per request: Weir, plain node:http, tRPC's adapters, Next and FastAPI side by side",
  quickSeconds: 115,
  fullSeconds: 540,
  run,
};
