import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { inject } from "vitest";
import { plainEnvironment, waitUntil } from "@weir/embedded/processes";

/** The program as `npm start` runs it, without pages. */
export type StartedMain = {
  /** `http://localhost:<port>`; empty when it has ended before it was ready. */
  readonly origin: string;
  /** What it has printed. */
  readonly said: { readonly out: string; readonly err: string };
  /** Its log, which has to be JSON. */
  records: <Record>() => Record[];
  /** Shuts it down; resolves with its exit code. */
  stop: () => Promise<unknown>;
  [Symbol.asyncDispose]: () => Promise<void>;
};

export type StartMainOptions = {
  databaseUrl: string;
  keyPrefix: string;
  variables?: Readonly<Record<string, string>>;
};

export const secret = "a secret of the tests with 32 characters";

/** Starts a bundle of `main.ts` on the services of the run. Resolves once it is ready or has ended. */
export async function startMain(
  program: string,
  { databaseUrl, keyPrefix, variables = {} }: StartMainOptions,
): Promise<StartedMain> {
  const child: ChildProcess = spawn(process.execPath, [program, "--role", "api"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...plainEnvironment,
      PORT: "0",
      DATABASE_URL: databaseUrl,
      REDIS_URL: inject("redisUrl"),
      QUEUE_REDIS_URL: inject("queueRedisUrl"),
      KEY_PREFIX: keyPrefix,
      AUTH_SECRET: secret,
      ...variables,
    },
  });
  const said = { out: "", err: "" };
  child.stdout?.on("data", (piece: Buffer) => (said.out += piece.toString()));
  child.stderr?.on("data", (piece: Buffer) => (said.err += piece.toString()));
  const ended = once(child, "exit");
  const origin = (): string | undefined => /http:\/\/localhost:\d+/.exec(said.out + said.err)?.[0];
  await waitUntil(async () => origin() !== undefined || child.exitCode !== null, 60_000);
  return {
    origin: origin() ?? "",
    said,
    records: <Record>() =>
      said.err
        .split("\n")
        .filter((line) => line !== "")
        // The caller names the shape; log readers treat each line as a record.
        .map((line) => JSON.parse(line) as Record),
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await ended;
      return code;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
