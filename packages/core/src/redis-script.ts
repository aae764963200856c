import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua script. `name` is what telemetry calls it; `sha` is what the server caches it by. */
export type RedisScript = { readonly name: string; readonly source: string; readonly sha: string };

export function defineScript(name: string, source: string): RedisScript {
  return { name, source, sha: createHash("sha1").update(source).digest("hex") };
}

/**
 * True for the error of a server that is not, or not yet, the one to work with: a primary that became a replica, one that
 * loads its data, a replica that lost its primary. Such a server keeps its connections open and rejects every command this
 * way, so drop the connection: the address may lead to another server by now.
 */
export function refusesWork(error: Error): boolean {
  return /\b(?:READONLY|LOADING|MASTERDOWN)\b/u.test(error.message);
}

/**
 * Runs a script by its hash (EVALSHA), and by its source where the server does not have it cached. Name every key that the
 * script touches in `keys`, so that it also runs in a cluster. Resolves with the reply as Redis sends it; rejects with the
 * client's error.
 */
export function evalScript(
  redis: Pick<Redis, "evalsha" | "eval">,
  { sha, source }: RedisScript,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  return redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.eval(source, keys.length, ...keys, ...args);
  });
}
