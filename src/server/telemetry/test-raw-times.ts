import { openSync, writeSync } from "node:fs";
import { channels } from "@weir/core/channels";

// Loaded into a server before its own code: every procedure call and cache read becomes a line of the file that this
// module's URL names, at the moment it is published, so that it survives a kill -9.

/** Procedure calls and cache reads as they were published; `atMs` is wall clock. */
export type RawTime =
  | { kind: "rpc"; atMs: number; name: string; durationMs: number; errorCode: string | null }
  | { kind: "cache"; atMs: number; name: string; durationMs: number; outcome: string };

const file = openSync(new URL(import.meta.url).searchParams.get("into") ?? "", "a");
const tell = (line: RawTime): void => void writeSync(file, `${JSON.stringify(line)}\n`);

channels.rpc.subscribe(({ procedure: name, durationMs, errorCode }) => {
  tell({ kind: "rpc", atMs: Date.now(), name, durationMs, errorCode });
});
channels.cache.subscribe((message) => {
  if (message.type !== "read") return;
  const { group: name, durationMs, outcome } = message;
  tell({ kind: "cache", atMs: Date.now(), name, durationMs, outcome });
});
