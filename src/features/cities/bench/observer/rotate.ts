import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { lastLine } from "@weir/embedded/processes";
import type { LoadGenerator, LoadOptions, LoadReport } from "../../../../../bench/load/load";
import { shuffled } from "../../../../../bench/rounds";

/** Long compared with requests in flight at its end, short compared with changes of the machine's speed. */
const turnMs = 40;
const longestOverMs = 30_000;

type Running = { process: ChildProcess; ended: Promise<unknown>; output: () => string };

function start(generator: LoadGenerator, options: LoadOptions): Running {
  const { file, args } = generator.command(options);
  const process = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  // `close` comes when all output was read.
  return { process, ended: once(process, "close"), output: () => output };
}

const isRunning = ({ process }: Running): boolean => process.exitCode === null && process.signalCode === null;

/**
 * Puts several servers under load in turn, a few hundredths of a second each, in random order every round, so that
 * slowdowns of the machine affect all alike. All generators but one are paused (SIGSTOP). Returns the report of each.
 */
export async function rotate(generator: LoadGenerator, loads: readonly LoadOptions[]): Promise<LoadReport[]> {
  const all = loads.map((load) => start(generator, load));
  const endsAtMs = performance.now() + Math.max(...loads.map(({ seconds }) => seconds)) * 1000 + longestOverMs;
  try {
    for (const { process } of all) process.kill("SIGSTOP");
    while (all.some(isRunning)) {
      if (performance.now() > endsAtMs) throw new Error("A load generator does not exit.");
      for (const one of shuffled(all.filter(isRunning), Math.random)) {
        one.process.kill("SIGCONT");
        await Promise.race([wait(turnMs), one.ended]);
        one.process.kill("SIGSTOP");
      }
    }
    await Promise.all(all.map(({ ended }) => ended));
  } finally {
    for (const one of all) if (isRunning(one)) one.process.kill("SIGKILL");
  }
  return all.map(({ process, output }) => {
    if (process.exitCode !== 0) throw new Error(`The load generator failed: ${lastLine(output())}`);
    // Written by the generator scripts.
    return JSON.parse(lastLine(output())) as LoadReport;
  });
}
