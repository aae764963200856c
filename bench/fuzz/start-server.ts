import { fork } from "node:child_process";
import { once } from "node:events";

export type Holdings = {
  /** Open connections. */
  connections: number;
  rssMb: number;
  /** Internal server errors, counted by message. */
  failed: Record<string, number>;
};

export type FuzzServer = {
  port: number;
  /** How it ended, if it was not stopped, with its last output. */
  death: () => string | null;
  holdings: () => Promise<Holdings>;
  stop: () => Promise<void>;
};

/** Starts the server as a child process. Throws when it does not start. */
export async function startFuzzServer(): Promise<FuzzServer> {
  const child = fork(new URL("./server.ts", import.meta.url), {
    execArgv: ["--import", import.meta.resolve("tsx")],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let words = "";
  let death: string | null = null;
  child.stderr?.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-2_000);
  });
  const exited = once(child, "exit");
  child.once("exit", (code, signal) => {
    death = `It ended with ${signal ?? code}.\n${words}`;
  });
  // What the server sends first, unless it ends before.
  const [first] = (await Promise.race([once(child, "message"), exited])) as [{ address?: { port: number } } | null];
  const port = first?.address?.port;
  if (port === undefined) throw new Error(`The server did not start. ${words}`);
  return {
    port,
    death: () => death,
    holdings: async () => {
      const answer = once(child, "message");
      child.send("holdings");
      // The server's response to any message.
      const [holdings] = (await answer) as [Holdings];
      return holdings;
    },
    stop: async () => {
      if (death !== null) return;
      child.disconnect();
      await exited;
    },
  };
}
