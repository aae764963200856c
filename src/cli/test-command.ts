import { parseArgs } from "node:util";
import { inject } from "vitest";
import { testPrefix } from "@weir/testkit/testing";
import { openRuntime, type Runtime } from "@/server/runtime";
import type { Answer, Command } from "./command";
import { createCityDatabase } from "@/features/cities/test-cities";

/** What `npm run weir -- <command>` does with these words; the runtime that it opens is this one. */
export function runOn(runtime: Runtime, { options, run }: Command): (...words: string[]) => Promise<Answer> {
  return (...words) => run(parseArgs({ args: words, options, allowPositionals: true }), () => Promise.resolve(runtime));
}

/** A runtime as the command line has one, with all cities, in a database of its own. */
export async function openCliRuntime(): Promise<AsyncDisposable & { readonly runtime: Runtime }> {
  const database = await createCityDatabase();
  const runtime = await openRuntime({
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
