import { setTimeout as pause } from "node:timers/promises";
import { makeAttempt } from "../fuzz/attempt";
import { createRandom } from "../fuzz/random";
import { anyAttempt } from "../fuzz/requests";
import { type FuzzServer, startFuzzServer } from "../fuzz/start-server";
import type { Suite, SuiteOptions, SuiteResult } from "../suite";

const concurrency = 64;
const limitMs = 10_000;

type Tally = { statuses: Map<number, number>; silent: number; hanging: number; sent: number };

/** Sends attempts until `count` were made or the server is dead. */
async function attack(server: FuzzServer, count: number, seed: number, log: SuiteOptions["log"]): Promise<Tally> {
  const random = createRandom(seed);
  const tally: Tally = { statuses: new Map(), silent: 0, hanging: 0, sent: 0 };
  const work = async (): Promise<void> => {
    while (tally.sent < count && server.death() === null) {
      tally.sent += 1;
      if (tally.sent % Math.ceil(count / 5) === 0) log(`${tally.sent} of ${count} connections`);
      const { statuses, ended } = await makeAttempt(server.port, anyAttempt(random), limitMs);
      if (!ended) tally.hanging += 1;
      if (statuses.length === 0) tally.silent += 1;
      for (const status of statuses) tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return tally;
}

async function answersAfter({ port }: FuzzServer): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/api/trpc/hello`).catch(() => null);
  return response?.status === 200 && (await response.text()) === '{"result":{"data":"hello"}}';
}

/** Open connections after all clients have disconnected; the server has two seconds to notice. */
async function connectionsLeft(server: FuzzServer): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    const { connections } = await server.holdings();
    if (connections === 0 || attempt === 20) return connections;
    await pause(100);
  }
}

async function run({ quick, log }: SuiteOptions): Promise<SuiteResult> {
  const count = quick ? 2_000 : 100_000;
  const seed = Math.floor(Math.random() * 2 ** 31);
  log(`Seed ${seed}: ${count} connections with malformed requests, ${concurrency} at a time.`);
  const server = await startFuzzServer();
  try {
    const startedAt = performance.now();
    const tally = await attack(server, count, seed, log);
    const seconds = (performance.now() - startedAt) / 1000;
    const lives = server.death() === null;
    const holdings = lives ? await server.holdings() : null;
    // No procedure fails on valid input, and nothing is overloaded, so no 5xx is expected.
    const failures = [...tally.statuses].filter(([status]) => status >= 500);
    const checks: [name: string, held: boolean, detail: string][] = [
      ["The server stays up", lives, server.death() ?? ""],
      ["Every connection ends", tally.hanging === 0, `${tally.hanging} were open after ${limitMs / 1000} s`],
      ["No response is a 5xx", failures.length === 0, JSON.stringify([failures, holdings?.failed])],
      ["No connection is left", lives && (await connectionsLeft(server)) === 0, ""],
      ["It responds afterwards", lives && (await answersAfter(server)), ""],
    ];
    const statuses = [...tally.statuses].toSorted(([one], [other]) => one - other);
    log(`Responses by status: ${statuses.map(([status, times]) => `${status}: ${times}`).join("  ")}`);
    log(`Connections without a response, most of them closed early by the client: ${tally.silent}`);
    log(`${seconds.toFixed(1)} s; resident memory of the server ${holdings?.rssMb ?? "–"} MB`);
    for (const [name, held, detail] of checks) log(held ? `✓ held   ${name}` : `✗ missed ${name}: ${detail}`);
    const held = checks.filter(([, isHeld]) => isHeld).length;
    const report = { seed, count, seconds, statuses, silent: tally.silent, hanging: tally.hanging, holdings };
    return { held, missed: checks.length - held, report };
  } finally {
    await server.stop();
  }
}

export const suite: Suite = {
  name: "fuzz",
  summary: "malformed requests in bulk: no crash, no hang, no 5xx",
  quickSeconds: 15,
  fullSeconds: 300,
  run,
};
