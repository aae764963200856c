import { parseArgs } from "node:util";
import { inject } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { createNotesDatabase, type NotesFeatures, notesFeatures } from "@/dev/notes/test-notes";
import { openRuntime, type PlatformRuntime, type Runtime } from "@/server/runtime";
import type { CommandResult, Command } from "./command";

/** Runs `npm run weir -- <command>` with these words on the given runtime. */
export function runOn(
  runtime: PlatformRuntime,
  { options, run }: Command,
): (...words: string[]) => Promise<CommandResult> {
  return (...words) => run(parseArgs({ args: words, options, allowPositionals: true }), () => Promise.resolve(runtime));
}

/** A runtime as the command line opens it, with the notes as its feature, on its own database. */
export async function openCliRuntime(): Promise<AsyncDisposable & { readonly runtime: Runtime<NotesFeatures> }> {
  const database = await createNotesDatabase();
  const runtime = await openRuntime({
    features: notesFeatures,
    nodeId: "cli",
    databaseUrl: database.url,
    poolMax: 2,
    redisUrl: inject("redisUrl"),
    queueRedisUrl: inject("queueRedisUrl"),
    keyPrefix: testPrefix(),
    disabled: new Set(),
  });
  return {
    runtime,
    [Symbol.asyncDispose]: async () => {
      await runtime.close();
      await database.drop();
    },
  };
}
