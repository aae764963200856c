import { spawn } from "node:child_process";
import type { SpawnOptions } from "node:child_process";

export type ProgramResult = { code: number | null; output: string };

export type ProgramOptions = Pick<SpawnOptions, "cwd" | "env" | "uid" | "gid" | "argv0"> & { timeoutMs?: number };

/**
 * What the services and their tools get to see of the environment: nothing that would change what they do (PGPORT, …) or
 * translate what they say. NODE_ENV is there because Next's types want one in every environment; nobody reads it.
 */
export const plainEnvironment: NodeJS.ProcessEnv = { LC_ALL: "C", PATH: "/usr/bin:/bin", NODE_ENV: "production" };

/**
 * Runs a program to its end without blocking. Returns its exit code and all it wrote (both streams).
 * A program that cannot be started, or is ended by the time limit, has the code null and says why in `output`.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { timeoutMs, ...rest } = options;
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(file, args, { ...rest, stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ code: null, output: error.message }));
    child.once("close", (code) => {
      resolve({ code, output: code === null ? `${output}\n${file} was ended from outside or took too long.` : output });
    });
  });
}

/** The last line that says anything. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

/** How programs say that a disk is full; Postgres at times in a hint only. */
export const fullDisk = /no space left on device|check free disk space/iu;

/** The line in which a server says why it ended: that the disk is full, else the last fatal one, else the last one. */
export function lastWords(log: string): string {
  const lines = log.trim().split("\n");
  const last = (pattern: RegExp): string | undefined => lines.findLast((line) => pattern.test(line));
  const line = last(fullDisk) ?? last(/FATAL|PANIC/u) ?? lines.at(-1) ?? "";
  return line.replace(/^.*(?:FATAL|PANIC|ERROR): +/u, "") || "it ended without a word";
}
