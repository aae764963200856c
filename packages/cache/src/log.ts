import { channels } from "@weir/core/channels";
import { runOutsideScope } from "@weir/core/scope";
import type { Attach, Attached } from "./attach";
import { type MonotonicClock, parseClock } from "./clock";
import { openConnection, type RedisSource, runScript, type Send } from "./connection";
import type { Deadlines } from "./deadlines";
import type { Fence, Invalidation } from "./fence";
import { parseJson } from "./entry";
import type { LogEntry, LogFollower } from "./log-followers";
import { describeMark, type KeyNames } from "./names";
import type { RedisTime } from "./redis-time";
import { renewScript } from "./scripts";
import { settleWithin } from "./settle-within";
import type { Trust } from "./trust";

export type Log = {
  /** Resolves when the tip has been read for the first time. */
  readonly attached: Promise<void>;
  /** What the stream still holds, oldest first; rejects while Redis is out of reach. */
  history: () => Promise<LogEntry[]>;
  close: () => Promise<void>;
};

export type LogOptions = {
  source: RedisSource;
  keys: KeyNames;
  fence: Fence;
  trust: Trust;
  clock: MonotonicClock;
  redisTime: RedisTime;
  deadlines: Deadlines;
  attach: Attach;
  followers: LogFollower;
  /** Answers what the log's own connection cannot while it waits for entries. */
  ask: Send;
  instance: string;
  blockMs: number;
  leaseMs: number;
};

type Logged = { id: string; node: string; invalidation: Invalidation };

const mostEntries = 1000;
const mostRemembered = 10_000;

/** Reads one entry of the stream; null for what no script of this engine wrote. */
export function readLogged([id, fields]: [id: string, fields: string[]]): Logged | null {
  const named = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) named.set(fields[index] ?? "", fields[index + 1] ?? "");
  const incarnation = named.get("i");
  const epoch = Number(named.get("e"));
  const mode = named.get("m");
  const marks = parseJson(named.get("t") ?? "");
  if (incarnation === undefined || !Number.isSafeInteger(epoch) || (mode !== "purge" && mode !== "expire")) return null;
  if (!Array.isArray(marks) || !marks.every((mark) => typeof mark === "string")) return null;
  return {
    id,
    node: named.get("n") ?? "",
    invalidation: { incarnation, epoch, mode, all: named.get("a") === "1", marks },
  };
}

const toEntry = ({ incarnation, epoch, all, marks }: Invalidation): LogEntry => ({
  incarnation,
  epoch,
  all,
  tags: marks.map(describeMark),
});

/**
 * Follows the log of invalidations on a connection of its own and feeds the fence. An entry that is not the successor
 * of the last, or one that the clock says must exist and does not, means that something was missed: all is void then,
 * and the node begins again at the tip.
 */
export function openLog(options: LogOptions): Log {
  const { keys, fence, trust, clock, redisTime, followers, instance, blockMs, leaseMs } = options;
  let lastId: string | null = null;
  let closed = false;
  let announceAttached = (): void => undefined;
  const attached = new Promise<void>((resolve) => {
    announceAttached = resolve;
  });

  const beginAt = ({ clock: reading, tip, askedAtMs }: Attached): void => {
    fence.reset(reading);
    lastId = tip;
    trust.extend(askedAtMs);
    followers.began({ incarnation: reading.incarnation, epoch: reading.epoch });
  };
  const attach = async (send: Send): Promise<void> => {
    // Loaded ahead, for a second attempt of the renewal would queue behind the read that blocks.
    await send("SCRIPT", (redis) => redis.script("LOAD", renewScript.source));
    const reached = await options.attach(send, true);
    // After a mere reconnect the log is replayed from where this node stopped.
    if (lastId === null || fence.incarnation !== reached.clock.incarnation) beginAt(reached);
    announceAttached();
  };
  const connection = openConnection({
    source: options.source,
    name: "cache-log",
    deadlines: options.deadlines,
    prepare: attach,
  });

  const beginAgain = async (): Promise<void> => {
    trust.withdraw(clock.now());
    fence.flush();
    lastId = null;
    await attach(connection.send);
  };

  const publish = ({ node, invalidation: { epoch, mode, all, marks } }: Logged): void => {
    if (node === instance || !channels.cache.hasSubscribers) return;
    const tags = all ? ["*"] : marks.map(describeMark);
    channels.cache.publish({ type: "invalidation", epoch, mode, tags, local: false });
  };

  /** False when something is missing. */
  const apply = (entries: readonly [string, string[]][]): boolean => {
    for (const entry of entries) {
      const logged = readLogged(entry);
      if (logged === null || !fence.applyLogged(logged.invalidation)) return false;
      lastId = logged.id;
      publish(logged);
      followers.entered(toEntry(logged.invalidation));
    }
    return true;
  };

  const renew = async (askedAtMs: number) => {
    const reply = await runScript(
      connection.send,
      renewScript,
      [keys.clock, keys.nodes],
      [instance, fence.incarnation ?? "", fence.applied, leaseMs],
    );
    const [clockText, serverMs]: unknown[] = Array.isArray(reply) ? reply : [];
    redisTime.observe(askedAtMs, clock.now(), Number(serverMs));
    return parseClock(clockText);
  };

  /** Says what is applied, learns what there is, and waits for it: both questions go out together. */
  const round = async (): Promise<void> => {
    const askedAtMs = clock.now();
    const from = lastId ?? "0-0";
    const [reading, reply] = await settleWithin(
      Promise.all([
        renew(askedAtMs),
        connection.send("XREAD", (redis) =>
          redis.xread("COUNT", mostEntries, "BLOCK", blockMs, "STREAMS", keys.log, from),
        ),
      ]),
      2 * blockMs + 500,
    );
    const entries = reply?.[0]?.[1] ?? [];
    const complete = apply(entries);
    const sameClock = reading !== null && reading.incarnation === fence.incarnation;
    const caughtUp = sameClock && fence.applied >= reading.epoch;
    if (complete && caughtUp) trust.extend(askedAtMs);
    else if (!complete || !sameClock || entries.length < mostEntries) await beginAgain();
  };

  const follow = async (): Promise<void> => {
    for (;;) {
      // One round after the other is the point.
      await connection.whenUsable();
      if (closed) return;
      try {
        await round();
      } catch {
        if (connection.usable && !closed) connection.reconnect();
      }
    }
  };
  const following = runOutsideScope(follow);

  return {
    attached,
    history: async () => {
      const entries = await options.ask("XREVRANGE", (redis) =>
        redis.xrevrange(keys.log, "+", "-", "COUNT", mostRemembered),
      );
      return entries.toReversed().flatMap((entry) => {
        const logged = readLogged(entry);
        return logged === null ? [] : [toEntry(logged.invalidation)];
      });
    },
    close: async () => {
      closed = true;
      connection.close();
      await following;
    },
  };
}
