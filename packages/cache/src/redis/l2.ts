import type { Redis } from "ioredis";
import { withTimeout } from "@weir/core/deadlines";
import type { Scope } from "@weir/core/scope";
import type { Breaker } from "./breaker";
import { type ClockReading, type MarkTimes, parseClock } from "./clock";
import { addRequester, type Connection, type Requesters, scopesOf } from "./connection";

/** Entries as stored in Redis, null where none exists, and the clock at the same instant. */
export type L2Reading = { readonly clock: ClockReading | null; readonly texts: readonly (string | null)[] };
/** Marks, and the clock some time after they were read: its epoch may be one that the marks do not show. */
export type MarksReading = { readonly clock: ClockReading | null; readonly marks: ReadonlyMap<string, MarkTimes> };

/** Reads of the shared tier. Nothing here rejects, whatever happens to Redis: null means that it did not respond in time. */
export type L2 = {
  /**
   * Reads within the budget of one read. All reads of one turn of the event loop share one MGET, which also reads the
   * clock. The keys lie in different slots, so a Redis Cluster would refuse it. Calls `onReading` once, later, in the
   * caller's async context; it must not throw.
   */
  read: (keys: readonly string[], onReading: (reading: L2Reading | null) => void) => void;
  /** Takes at most `timeoutMs`, and at most the budget. */
  marksOf: (names: readonly string[], timeoutMs: number) => Promise<MarksReading | null>;
};

export type L2Options = {
  request: RequestL2;
  keys: { clock: string; marks: string };
  budgetMs: number;
  /** Called when Redis responds and its clock is gone. */
  onClockMissing: () => void;
};

/** The keys of one MGET, and the promise of its reply, to which each reader listens in its own async context. */
type ReadBatch = Requesters & {
  readonly keys: string[];
  readonly reply: Promise<L2Reading | null>;
  readonly resolve: (reply: L2Reading | null) => void;
};

const maxKeysPerRead = 256;

function openBatch(): ReadBatch {
  let resolve: ReadBatch["resolve"] = () => undefined;
  const reply = new Promise<L2Reading | null>((settle) => {
    resolve = settle;
  });
  return { keys: [], scopes: [], reply, resolve };
}

export function createL2({ request, keys, budgetMs, onClockMissing }: L2Options): L2 {
  /** The batch that has not been sent yet. */
  let open: ReadBatch | undefined;

  function readClock(text: unknown): ClockReading | null {
    const clock = parseClock(text);
    if (clock === null) onClockMissing();
    return clock;
  }

  function send(batch: ReadBatch): void {
    if (open !== batch) return;
    open = undefined;
    request(
      "MGET",
      budgetMs,
      (redis) => redis.mget(...batch.keys, keys.clock),
      (texts) => batch.resolve(texts === null ? null : { clock: readClock(texts.at(-1)), texts }),
      scopesOf(batch),
    );
  }

  /** The batch that is sent at the end of this turn of the event loop. */
  function currentBatch(): ReadBatch {
    if (open === undefined) {
      open = openBatch();
      setImmediate(send, open);
    }
    return open;
  }

  return {
    read: (wanted, onReading) => {
      const batch = currentBatch();
      addRequester(batch);
      const from = batch.keys.length;
      for (const key of wanted) batch.keys.push(key);
      if (batch.keys.length >= maxKeysPerRead) send(batch);
      void batch.reply.then((reply) => {
        onReading(reply && { clock: reply.clock, texts: reply.texts.slice(from, from + wanted.length) });
      });
    },

    marksOf: async (names, timeoutMs) => {
      if (timeoutMs <= 0) return null;
      const fields = names.flatMap((name) => [`p:${name}`, `e:${name}`]);
      const asking = new Promise<[readonly unknown[], string | null] | null>((resolve) => {
        // The clock is read after the marks: marks that are pruned in between show as a risen floor.
        const both = (redis: Redis) => Promise.all([redis.zmscore(keys.marks, ...fields), redis.get(keys.clock)]);
        request("ZMSCORE", budgetMs, both, resolve);
      });
      // A caller with less time left gives up earlier, which says nothing about Redis.
      const reply = await withTimeout(asking, timeoutMs).catch(() => null);
      if (reply === null) return null;
      const [epochs, clock] = reply;
      const marks = new Map<string, MarkTimes>();
      for (const [index, name] of names.entries()) {
        marks.set(name, { purged: Number(epochs[2 * index] ?? 0), expired: Number(epochs[2 * index + 1] ?? 0) });
      }
      return { clock: readClock(clock), marks };
    },
  };
}

/**
 * Sends a command to the shared tier. `onReply` is called once: with null when Redis is away, when the breaker is open, or
 * when Redis did not respond within `timeoutMs`. Nothing is queued. `sharedWith`: the requests that share the command,
 * for telemetry.
 */
export type RequestL2 = <Reply extends string | object>(
  command: string,
  timeoutMs: number,
  send: (redis: Redis) => Promise<Reply | null>,
  onReply: (reply: Reply | null) => void,
  sharedWith?: readonly Scope[],
) => void;

/** A Redis whose memory is full refuses writes but still serves reads: no reason to stop asking it. */
const isFull = (error: unknown): boolean => error instanceof Error && error.message.startsWith("OOM");

/** Puts the breaker in front of the connection. */
export function createL2Requests(connection: Connection, breaker: Breaker): RequestL2 {
  return (command, timeoutMs, send, onReply, sharedWith) => {
    const permit = connection.usable ? breaker.permit() : null;
    if (permit === null) {
      onReply(null);
      return;
    }
    connection.request(command, timeoutMs, send, {
      onReply: (reply) => {
        breaker.succeeded(permit);
        onReply(reply);
      },
      onError: (error) => {
        if (isFull(error)) breaker.succeeded(permit);
        else if (breaker.failed(permit) && connection.usable) connection.reconnect();
        onReply(null);
      },
      sharedWith,
    });
  };
}
