import type { Redis } from "ioredis";
import { type Deadlines, withTimeout } from "@weir/core/deadlines";
import { CacheError } from "../contract/errors";
import type { Fence, Trust } from "../invalidation/fence";
import type { InvalidateMarks } from "../invalidation/invalidate";
import type { GroupFacts } from "../loading/definition";
import type { L1 } from "../memory/l1";
import type { MonotonicClock } from "../redis/clock";
import { openConnection, type RedisSource, type Send } from "../redis/connection";
import type { KeyNames } from "../redis/names";

/** The parts that inspections work with. */
export type InspectionTools = {
  readonly redis: InspectionRedis;
  readonly keys: KeyNames;
  readonly clock: MonotonicClock;
  /** The groups that are defined on this node. */
  readonly groups: ReadonlyMap<string, GroupFacts>;
  readonly l1: L1;
  readonly fence: Fence;
  readonly trust: Trust;
  readonly invalidateMarks: InvalidateMarks;
};

/** A connection of its own, so that no read of the cache waits behind the replies of an inspection. */
export type InspectionRedis = {
  /** @throws WeirError CACHE_UNAVAILABLE when Redis refuses or does not respond in time */
  send: <Reply>(command: string, send: (redis: Redis) => Promise<Reply>) => Promise<Reply>;
  close: () => void;
};

export type InspectionRedisOptions = { source: RedisSource; deadlines: Deadlines };

const connectTimeoutMs = 2000;
const commandTimeoutMs = 2000;

/** Opens the connection with the first command. */
export function createInspectionRedis({ source, deadlines }: InspectionRedisOptions): InspectionRedis {
  let opened: ReturnType<typeof openConnection> | undefined;
  let closed = false;

  const connected = async (): Promise<Send> => {
    if (closed) throw new CacheError("CACHE_UNAVAILABLE");
    opened ??= openConnection({
      source,
      name: "cache-inspect",
      deadlines,
      commandTimeoutMs,
      prepare: () => Promise.resolve(),
    });
    await withTimeout(opened.whenUsable(), connectTimeoutMs);
    return opened.send;
  };

  return {
    send: async (command, send) => {
      try {
        return await (
          await connected()
        )(command, send);
      } catch (cause) {
        throw new CacheError("CACHE_UNAVAILABLE", { cause });
      }
    },
    close: () => {
      closed = true;
      opened?.close();
    },
  };
}
