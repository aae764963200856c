import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { type ClockReading, type MonotonicClock, parseClock } from "./clock";
import { runScript, type Send } from "./connection";
import type { Fence } from "./fence";
import type { KeyNames } from "./names";
import type { RedisTime } from "./redis-time";
import { attachScript } from "./scripts";

export type Attached = {
  readonly clock: ClockReading;
  /** The id of the log's last entry. */
  readonly tip: string;
  /** When the question was sent, in local ms. */
  readonly askedAtMs: number;
};

export type Attach = (send: Send, register: boolean) => Promise<Attached>;

export type AttachOptions = {
  keys: KeyNames;
  fence: Fence;
  clock: MonotonicClock;
  redisTime: RedisTime;
  instance: string;
  leaseMs: number;
  logLength: number;
  /** Hears how the server is set up, on each connection. */
  onSettings: (settings: ServerSettings) => void;
};

export type ServerSettings = { readonly memoryPolicy: string; readonly isCluster: boolean };

const infoOf = (redis: Redis): Promise<string> => redis.info();
const field = (info: string, name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, "mu").exec(info)?.[1];

/**
 * What every new connection does first: it makes sure that the clock belongs to this run of the server, or begins a new
 * incarnation, and reads it. Without this a restarted server could serve what was purged after its last snapshot.
 */
export function createAttach({
  keys,
  fence,
  clock,
  redisTime,
  instance,
  leaseMs,
  logLength,
  onSettings,
}: AttachOptions): Attach {
  return async (send, register) => {
    const info = await send("INFO", infoOf);
    const memoryPolicy = field(info, "maxmemory_policy");
    if (memoryPolicy !== undefined) onSettings({ memoryPolicy, isCluster: field(info, "cluster_enabled") === "1" });
    const askedAtMs = clock.now();
    const reply = await runScript(
      send,
      attachScript,
      [keys.clock, keys.server, keys.marks, keys.log, keys.nodes],
      [
        // Where a managed Redis hides its run id, a rewound clock is still noticed.
        field(info, "run_id") ?? "unknown",
        randomUUID(),
        fence.incarnation ?? "",
        fence.known,
        register ? instance : "",
        leaseMs,
        logLength,
      ],
    );
    const [clockText, tip, serverMs]: unknown[] = Array.isArray(reply) ? reply : [];
    const reading = parseClock(clockText);
    if (reading === null || typeof tip !== "string") throw new TypeError("The attach script answered something else.");
    redisTime.observe(askedAtMs, clock.now(), Number(serverMs));
    return { clock: reading, tip, askedAtMs };
  };
}
