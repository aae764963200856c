import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { TemporaryServices } from "@weir/embedded";
import { freePort } from "@weir/embedded/processes";
import { tierOf } from "../hot-path/check-answers";
import { fetchRaw } from "../hot-path/fetch-raw";
import type { LoadGenerator } from "../../../../../bench/load/load";
import { exactCpuTimeMs } from "../../../../../bench/process/exact-cpu-time";
import { type ServerProcess, startServer } from "../../../../../bench/process/server-process";
import { shuffled } from "../../../../../bench/rounds";
import { warmUp } from "../../../../../bench/warm-up";
import { rotate } from "./rotate";
import type { Row, Stint } from "./rows";
import { type Variant, variants } from "./variants";

/** `cpuUs` is the CPU time per request of a fully loaded server, including its share of work that runs once a second. */
export type Sample = { requests: number; cpuUs: number; requestsPerSecond: number };

/** The samples of one row of one generation, by variant; list indexes are rounds. */
export type Measured = {
  row: Row;
  samples: ReadonlyMap<Variant, readonly Sample[]>;
  /** CPU time in ms per second that each idle server used right after the load. */
  idleCpuMs: ReadonlyMap<Variant, number>;
};

export type Stage = { services: TemporaryServices; generator: LoadGenerator; log: (text: string) => void };

/** Duration of load per server and round. */
const secondsEach = 1;
const idleMs = 3_000;
const enoughToWarm = 12_000;
const fewestRequests = 10;

/** Starts an API node of the build with its own cache; it records under its own prefix. */
export async function startObserved(
  { services }: Stage,
  variant: Variant,
  without: readonly string[],
): Promise<ServerProcess> {
  const port = await freePort();
  const name = `${without.join(".")}-${variant.replaceAll(" ", "-")}`;
  return startServer({
    name,
    file: process.execPath,
    args: ["dist/main.js", "--role", "api"],
    env: {
      NODE_ENV: "production",
      PORT: String(port),
      DATABASE_URL: services.databaseUrl,
      REDIS_URL: services.redisUrl,
      QUEUE_REDIS_URL: services.queueRedisUrl,
      KEY_PREFIX: `observer${name}:`,
      DATA_DIR: `${services.folder}/${name}`,
      WEIR_DISABLE: [...without, ...variants[variant]].join(","),
      TRACE_SAMPLE_RATIO: "0.01",
      // All load comes from one address.
      LIMIT_COLD_KEYS: "999999999",
      AUTH_SECRET: "a secret that only this benchmark uses",
    },
    port,
    readyPath: "/readyz",
    pidFolder: services.folder,
  });
}

type Servers = ReadonlyMap<Variant, ServerProcess>;
type Spent = { requests: number; cpuMs: number; seconds: number };

/** One round: all servers under load in turn. */
async function spend(stage: Stage, servers: Servers, row: Row): Promise<Map<Variant, Spent>> {
  const pathsFile = join(stage.services.folder, "paths.txt");
  writeFileSync(pathsFile, row.urls.map((url) => `${url}\n`).join(""));
  const all = [...servers];
  const before = all.map(([, { pid }]) => exactCpuTimeMs(pid));
  const startedAtMs = performance.now();
  const seconds = all.length * secondsEach;
  const loads = all.map(([, { origin }]) => ({ origin, pathsFile, connections: row.connections, seconds }));
  const reports = await rotate(stage.generator, loads);
  const tookSeconds = (performance.now() - startedAtMs) / 1000;
  return new Map(
    all.map(([variant, { name, pid }], index) => {
      const { requests = 0, failures = 0 } = reports[index] ?? {};
      if (failures > 0) throw new Error(`${name}: ${failures} of ${requests} requests failed under load.`);
      if (requests < fewestRequests) throw new Error(`${name} answered only ${requests} requests.`);
      return [variant, { requests, cpuMs: exactCpuTimeMs(pid) - (before[index] ?? 0), seconds: tookSeconds }];
    }),
  );
}

/** What each idle server uses per second, with its recent recordings still in memory. */
async function measureIdle(servers: Servers): Promise<Map<Variant, number>> {
  const all = [...servers];
  const before = all.map(([, { pid }]) => exactCpuTimeMs(pid));
  await wait(idleMs);
  return new Map(
    all.map(([variant, { pid }], index) => [variant, (exactCpuTimeMs(pid) - (before[index] ?? 0)) / (idleMs / 1000)]),
  );
}

/** Servers in rotation are idle for most of a round; what they use then is not a cost of requests. */
function toSample({ requests, cpuMs, seconds }: Spent, idleCpuMs: number, servers: number): Sample {
  const ownSeconds = seconds / servers;
  const cpuUs = ((cpuMs - idleCpuMs * (seconds - ownSeconds)) * 1000) / requests;
  return { requests, cpuUs, requestsPerSecond: requests / ownSeconds };
}

/** Sends a few requests at a time before the load, then fills the caches. */
async function sendFirst(server: ServerProcess, { urls }: Row): Promise<void> {
  for (let from = 0; from < Math.max(urls.length, 40); from += 4) {
    const some = [0, 1, 2, 3].map((index) => urls[(from + index) % urls.length] ?? "/");
    await Promise.all(some.map((url) => fetchRaw(server.origin + url)));
  }
}

/** Throws unless responses succeed and come from the row's tier. */
async function check(server: ServerProcess, { name, urls, tier }: Row): Promise<void> {
  for (const url of urls.slice(0, 10)) {
    const answer = await fetchRaw(server.origin + url);
    if (answer.status !== 200) throw new Error(`${server.name}, ${name}: status ${answer.status}: ${answer.body}`);
    if (tierOf(answer) !== tier) throw new Error(`${server.name}, ${name}: not read from "${tier}".`);
  }
}

async function warmAll(stage: Stage, servers: Servers, row: Row): Promise<void> {
  for (const server of servers.values()) await sendFirst(server, row);
  const step = async () => {
    const spent = [...(await spend(stage, servers, row)).values()];
    const cpuMs = spent.reduce((sum, one) => sum + one.cpuMs, 0);
    const requests = spent.reduce((sum, one) => sum + one.requests, 0);
    return { requests: requests / spent.length, requestsPerCpuSecond: (requests / cpuMs) * 1000 };
  };
  // Postgres is slower than the compiler: four rounds have to be enough.
  await warmUp({ step, enough: enoughToWarm, most: 4 });
  for (const server of servers.values()) await check(server, row);
}

/** Starts the servers of a stint, warms them up, and measures each row round by round. */
export async function runStint(stage: Stage, stint: Stint): Promise<Measured[]> {
  const servers = new Map<Variant, ServerProcess>();
  try {
    for (const variant of shuffled(stint.variants, Math.random)) {
      servers.set(variant, await startObserved(stage, variant, stint.without));
    }
    const measured: Measured[] = [];
    for (const row of stint.rows) {
      await warmAll(stage, servers, row);
      const rounds: Map<Variant, Spent>[] = [];
      for (let round = 0; round < stint.rounds; round += 1) rounds.push(await spend(stage, servers, row));
      const idleCpuMs = await measureIdle(servers);
      const samples = new Map(
        stint.variants.map((variant) => {
          const idle = idleCpuMs.get(variant) ?? 0;
          const spent = rounds.flatMap((round) => round.get(variant) ?? []);
          return [variant, spent.map((one) => toSample(one, idle, servers.size))];
        }),
      );
      measured.push({ row, samples, idleCpuMs });
    }
    return measured;
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}
