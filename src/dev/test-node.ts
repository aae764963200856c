import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { inject } from "vitest";
import type { Bundles, Plant } from "@weir/testkit/bundles";
import { endProcess, freePort, plainEnvironment, processIsAlive, waitUntil } from "@weir/embedded/processes";

/** `main.ts` as a separate process. */
export type TestNode = {
  readonly pid: number;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** The end of what it printed: the last 20 000 characters of both streams. */
  readonly output: () => string;
  /** kill -9. */
  kill: () => Promise<void>;
  /** Shuts down cleanly. */
  stop: () => Promise<void>;
};

export type TestNodeOptions = {
  databaseUrl: string;
  keyPrefix: string;
  /** Modules to load before it, as URLs. */
  preloads?: readonly URL[];
  env?: Readonly<Record<string, string>>;
};

const startsWithinMs = 60_000;
const main = new URL("../main.ts", import.meta.url);

/** Bundles a program of the application with the notes as its only feature. */
export const notesForFeatures: Plant = {
  importer: /./,
  specifier: "@/features",
  replacement: new URL("notes/index.ts", import.meta.url),
};

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Bundles the server once, with the notes in place of its features. The returned function starts API nodes on the
 * services of the run.
 */
export async function prepareTestNodes(bundles: Bundles): Promise<(options: TestNodeOptions) => Promise<TestNode>> {
  const program = await bundles.add(main, notesForFeatures);
  return async ({ databaseUrl, keyPrefix, preloads = [], env = {} }) => {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [...preloads.flatMap(({ href }) => ["--import", href]), program, "--role", "api"],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...plainEnvironment,
          PORT: String(port),
          DATABASE_URL: databaseUrl,
          DATABASE_POOL_MAX: "4",
          REDIS_URL: inject("redisUrl"),
          QUEUE_REDIS_URL: inject("queueRedisUrl"),
          KEY_PREFIX: keyPrefix,
          AUTH_SECRET: randomBytes(32).toString("base64"),
          ...env,
        },
      },
    );
    let words = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        words = (words + chunk.toString()).slice(-20_000);
      });
    }
    const ended = once(child, "exit");
    const { pid } = child;
    if (pid === undefined) throw new Error("Node could not be started.");
    const origin = `http://127.0.0.1:${port}`;
    await waitUntil(async () => !processIsAlive(pid) || (await answers(`${origin}/readyz`)), startsWithinMs, 50);
    if (!(await answers(`${origin}/readyz`))) {
      await endProcess(pid, [{ signal: "SIGKILL", withinMs: 5_000 }]);
      throw new Error(`The node did not start. Its last output:\n${words.trim()}`);
    }
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    };
    return { pid, origin, output: () => words, kill: () => end("SIGKILL"), stop: () => end("SIGTERM") };
  };
}
