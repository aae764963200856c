import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { channels } from "@weir/core/channels";
import { type Deadlines, withTimeout } from "@weir/core/deadlines";
import { runOutsideScope } from "@weir/core/scope";
import type { LogEntry, LogFollower, LogPosition } from "../contract/types";
import { type ClockReading, type MonotonicClock, parseClock, type RedisTime } from "../redis/clock";
import { openConnection, type RedisSource, runScript, type Send } from "../redis/connection";
import { parseJson } from "../redis/entry";
import { describeMark, type KeyNames } from "../redis/names";
import { attachScript, renewScript } from "../redis/scripts";
import type { Fence, Invalidation, Trust } from "./fence";

export type Log = {
  /** Resolves when the end of the log has been read for the first time. */
  readonly attached: Promise<void>;
  /** Why the log cannot be read; null while it can. */
  readonly problem: () => string | null;
  /** What the stream still holds, oldest first. Rejects while Redis is out of reach. */
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
  /** For commands that the log's own connection cannot run while it waits for entries. */
  send: Send;
  instance: string;
  blockMs: number;
  leaseMs: number;
};

type Logged = { id: string; node: string; invalidation: Invalidation };

const maxEntriesPerRead = 1000;
const maxHistoryEntries = 10_000;

/** Parses one entry of the stream; null for anything that no script of this engine wrote. */
export function parseLogged([id, fields]: [id: string, fields: string[]]): Logged | null {
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
 * Follows the log of invalidations on a connection of its own and feeds the fence. An entry that is not the successor of
 * the last, or that is missing although the clock counts it, means that something was missed: everything becomes void, and
 * the node starts over at the end of the log.
 */
export function openLog(options: LogOptions): Log {
  const { keys, fence, trust, clock, redisTime, followers, instance, blockMs, leaseMs } = options;
  let lastId: string | null = null;
  let closed = false;
  let resolveAttached = (): void => undefined;
  const attached = new Promise<void>((resolve) => {
    resolveAttached = resolve;
  });

  const startAt = ({ clock: reading, lastId: id, askedAtMs }: Attached): void => {
    fence.reset(reading);
    lastId = id;
    trust.extend(askedAtMs);
    followers.began({ incarnation: reading.incarnation, epoch: reading.epoch });
  };
  const attach = async (send: Send): Promise<void> => {
    // Loaded in advance: a second attempt of the renewal would queue behind the read that blocks.
    await send("SCRIPT", (redis) => redis.script("LOAD", renewScript.source));
    const reached = await options.attach(send, true);
    // After a mere reconnect the log is replayed from where this node stopped.
    if (lastId === null || fence.incarnation !== reached.clock.incarnation) startAt(reached);
    resolveAttached();
  };
  const connection = openConnection({
    source: options.source,
    name: "cache-log",
    deadlines: options.deadlines,
    prepare: attach,
  });

  const startOver = async (): Promise<void> => {
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

  /** Returns false when an entry is missing. */
  const apply = (entries: readonly [string, string[]][]): boolean => {
    for (const entry of entries) {
      const logged = parseLogged(entry);
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

  /** Reports what is applied, reads the clock, and waits for entries. Both requests go out together. */
  const round = async (): Promise<void> => {
    const askedAtMs = clock.now();
    const from = lastId ?? "0-0";
    const [reading, reply] = await withTimeout(
      Promise.all([
        renew(askedAtMs),
        connection.send("XREAD", (redis) =>
          redis.xread("COUNT", maxEntriesPerRead, "BLOCK", blockMs, "STREAMS", keys.log, from),
        ),
      ]),
      2 * blockMs + 500,
    );
    const entries = reply?.[0]?.[1] ?? [];
    const complete = apply(entries);
    const sameClock = reading !== null && reading.incarnation === fence.incarnation;
    const caughtUp = sameClock && fence.applied >= reading.epoch;
    if (complete && caughtUp) trust.extend(askedAtMs);
    else if (!complete || !sameClock || entries.length < maxEntriesPerRead) await startOver();
  };

  const follow = async (): Promise<void> => {
    for (;;) {
      // Rounds run one after the other.
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
    problem: () => connection.problem,
    history: async () => {
      const entries = await options.send("XREVRANGE", (redis) =>
        redis.xrevrange(keys.log, "+", "-", "COUNT", maxHistoryEntries),
      );
      return entries.toReversed().flatMap((entry) => {
        const logged = parseLogged(entry);
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

export type Attached = {
  readonly clock: ClockReading;
  /** The id of the log's last entry. */
  readonly lastId: string;
  /** When the request was sent, in local ms. */
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
  /** Called on each connection. */
  onSettings: (settings: ServerSettings) => void;
};

export type ServerSettings = { readonly memoryPolicy: string; readonly isCluster: boolean };

const infoOf = (redis: Redis): Promise<string> => redis.info();
const field = (info: string, name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, "mu").exec(info)?.[1];

/**
 * The first thing that every new connection does: ensures that the clock belongs to this run of the server, or starts a new
 * incarnation, and reads it. Otherwise a restarted server could serve what was purged after its last snapshot.
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
        // Where a managed Redis hides its run id, a rewound clock is still detected.
        field(info, "run_id") ?? "unknown",
        randomUUID(),
        fence.incarnation ?? "",
        fence.known,
        register ? instance : "",
        leaseMs,
        logLength,
      ],
    );
    const [clockText, lastId, serverMs]: unknown[] = Array.isArray(reply) ? reply : [];
    const reading = parseClock(clockText);
    if (reading === null || typeof lastId !== "string") throw new TypeError("Unexpected reply of the attach script.");
    redisTime.observe(askedAtMs, clock.now(), Number(serverMs));
    return { clock: reading, lastId, askedAtMs };
  };
}

export type LogFollowers = {
  readonly publish: LogFollower;
  /** Reports the current position, if the log has been read, and everything after it. Returns a function that unsubscribes. */
  follow: (follower: LogFollower) => () => void;
};

/** Passes the log on to followers outside the cache. An error that a follower throws is ignored: invalidation goes on. */
export function createLogFollowers(position: () => LogPosition | null): LogFollowers {
  const followers = new Set<LogFollower>();
  const notify = (call: (follower: LogFollower) => void): void => {
    for (const follower of followers) {
      try {
        call(follower);
      } catch {
        // A follower's defect must not keep the fence from the next entry.
      }
    }
  };
  return {
    publish: {
      entered: (entry) => notify((follower) => follower.entered(entry)),
      began: (at) => notify((follower) => follower.began(at)),
    },
    follow: (follower) => {
      followers.add(follower);
      const now = position();
      if (now !== null) follower.began(now);
      return () => void followers.delete(follower);
    },
  };
}
