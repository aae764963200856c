import { readFileSync, rmSync } from "node:fs";
import { waitUntil } from "@weir/embedded/processes";

/** Bytes that survived a full collection, and active resources of the event loop by kind. */
export type LiveMemory = {
  heapUsed: number;
  external: number;
  arrayBuffers: number;
  resources: Record<string, number>;
};

const longestWaitMs = 10_000;

/** Arguments of Node for a process whose memory `readLiveMemory` reads through `file`. */
export function tellingMemory(file: string): string[] {
  const teller = new URL("./tell-memory.mjs", import.meta.url);
  teller.searchParams.set("into", file);
  return ["--expose-gc", "--import", teller.href];
}

/** Forces a full garbage collection in a process, which takes it about 100 ms, and resolves with what survived. */
export async function readLiveMemory(pid: number, file: string): Promise<LiveMemory> {
  process.kill(pid, "SIGUSR2");
  let text: string | null = null;
  await waitUntil(() => (text = readIfThere(file)) !== null, longestWaitMs);
  if (text === null) throw new Error("The server did not report its memory.");
  rmSync(file);
  // Written by the module loaded into the server.
  return JSON.parse(text) as LiveMemory;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Everything that survived the collection, on and off the heap, in MB (2^20 bytes). */
export const liveMb = ({ heapUsed, external }: LiveMemory): number => (heapUsed + external) / 2 ** 20;
