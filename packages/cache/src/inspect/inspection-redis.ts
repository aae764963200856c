import type { Redis } from "ioredis";
import { openConnection, type RedisSource, type Send } from "../connection";
import type { Deadlines } from "../deadlines";
import { settleWithin } from "../settle-within";
import { CacheError } from "../errors";

/** A connection of its own for those who look around, so that no read of the cache waits behind their answers. */
export type InspectionRedis = {
  /** @throws WeirError CACHE_UNAVAILABLE when Redis does not answer in time or refuses */
  ask: <Reply>(command: string, send: (redis: Redis) => Promise<Reply>) => Promise<Reply>;
  close: () => void;
};

export type InspectionRedisOptions = { source: RedisSource; deadlines: Deadlines };

const connectWithinMs = 2000;
const answerWithinMs = 2000;

/** Opens the connection with the first question. */
export function createInspectionRedis({ source, deadlines }: InspectionRedisOptions): InspectionRedis {
  let opened: ReturnType<typeof openConnection> | undefined;
  let closed = false;

  const connected = async (): Promise<Send> => {
    if (closed) throw new CacheError("CACHE_UNAVAILABLE");
    opened ??= openConnection({
      source,
      name: "cache-inspect",
      deadlines,
      commandTimeoutMs: answerWithinMs,
      prepare: () => Promise.resolve(),
    });
    await settleWithin(opened.whenUsable(), connectWithinMs);
    return opened.send;
  };

  return {
    ask: async (command, send) => {
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
