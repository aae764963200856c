import type { Redis } from "ioredis";
import { channels } from "./channels";

type Send = Redis["sendCommand"];

/**
 * Publishes every command of a client on `channels.redis` once it has been answered or given up, in the async context of
 * who sent it. For clients that nobody else times.
 */
export function publishCommands(redis: Redis, connection: string): void {
  // ioredis sends everything, pipelines included, through this method of the object.
  const send: Send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...args: Parameters<Send>): ReturnType<Send> => {
    const [command] = args;
    if (!channels.redis.hasSubscribers) return send(...args);
    const startedAtMs = performance.now();
    const name = command.name.toUpperCase();
    const publish = (ok: boolean): void => {
      const endedAtMs = performance.now();
      channels.redis.publish({ connection, command: name, durationMs: endedAtMs - startedAtMs, ok, endedAtMs });
    };
    command.promise.then(
      () => publish(true),
      () => publish(false),
    );
    return send(...args);
  };
}
