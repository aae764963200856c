import { fork } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Methods, openLine } from "./line";

export type Child = {
  readonly pid: number;
  readonly isAlive: () => boolean;
  /** Calls a method of the child. Rejects when it throws there or the child dies. */
  call: (method: string, ...args: unknown[]) => Promise<unknown>;
  /** Pauses the whole process; its connections stay open. */
  pause: () => void;
  resume: () => void;
  /** kill -9. */
  kill: () => Promise<void>;
  /** The end of its stderr. */
  lastWords: () => string;
};

export type ChildOptions = {
  /** A program created by `bundleProgram`. */
  program: string;
  args?: readonly string[];
  /** Its standard input: for settings with a password, which every account of the machine could read among the arguments. */
  input?: string;
  /** The methods that the child may call. */
  methods?: Methods;
  /** The folder for its PID file, for the cleanup after this process. */
  pidFolder: string;
  execArgv?: readonly string[];
};

/** Starts a program as a child process with a line to it. It ends with this process. */
export function startChild({ program, args = [], input, methods = {}, pidFolder, execArgv = [] }: ChildOptions): Child {
  const process = fork(program, args, {
    execArgv: [...execArgv],
    serialization: "advanced",
    stdio: ["pipe", "ignore", "pipe", "ipc"],
  });
  // Fails when the program ended before it read everything.
  process.stdin?.on("error", () => undefined);
  process.stdin?.end(input);
  const { pid } = process;
  if (pid === undefined) throw new Error(`${program} could not be started.`);
  const pidFile = join(pidFolder, `child-${pid}.pid`);
  writeFileSync(pidFile, `${pid}\n`);
  let words = "";
  process.stderr?.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2_000);
  });
  const line = openLine(methods, (message) => {
    // A process that has ended receives nothing; `exit` rejects the waiting calls.
    if (process.connected) process.send(message as object, () => undefined);
  });
  process.on("message", line.hear);
  process.on("error", () => undefined);
  const isAlive = (): boolean => process.exitCode === null && process.signalCode === null;
  process.once("exit", (code, signal) => {
    rmSync(pidFile, { force: true });
    line.hangUp(`The process ended with ${signal ?? code}. ${words}`);
  });
  return {
    pid,
    isAlive,
    call: line.call,
    pause: () => void process.kill("SIGSTOP"),
    resume: () => void process.kill("SIGCONT"),
    kill: async () => {
      if (!isAlive()) return;
      const exited = once(process, "exit");
      process.kill("SIGKILL");
      await exited;
    },
    lastWords: () => words,
  };
}
