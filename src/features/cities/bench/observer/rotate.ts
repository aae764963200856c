import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { lastLine } from "@weir/embedded/processes";
import type { LoadGenerator, LoadOptions, LoadReport } from "../../../../../bench/load/load";
import { shuffled } from "../../../../../bench/rounds";

/** Long beside what is in flight when it ends, short beside the time for which a machine stays as it is. */
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
 * Puts several servers under load in turn, a few hundredths of a second each, in a random order every time round: what
 * slows the machine down meets all of them alike. All generators but one stand still (SIGSTOP). Returns what each saw.
 */
export async function rotate(generator: LoadGenerator, loads: readonly LoadOptions[]): Promise<LoadReport[]> {
  const all = loads.map((load) => start(generator, load));
  const endsAtMs = performance.now() + Math.max(...loads.map(({ seconds }) => seconds)) * 1000 + longestOverMs;
  try {
    for (const { process } of all) process.kill("SIGSTOP");
    while (all.some(isRunning)) {
      if (performance.now() > endsAtMs) throw new Error("A load generator does not end.");
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
    // Written by the scripts of the generators.
    return JSON.parse(lastLine(output())) as LoadReport;
  });
}
