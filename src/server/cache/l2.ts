import type { Redis } from "ioredis";
import { type ClockReading, parseClock } from "./clock";
import type { Connection } from "./connection";
import type { CoolDown } from "./cool-down";
import type { Mark } from "./marks";
import { settleWithin } from "./settle-within";

/** Entries as they stand in Redis, null where there is none, and the clock at the same instant. */
export type L2Reading = { readonly clock: ClockReading | null; readonly texts: readonly (string | null)[] };
/** Marks, and the clock as it stood at some time after they were read: its epoch may be one that they do not show. */
export type MarksReading = { readonly clock: ClockReading | null; readonly marks: ReadonlyMap<string, Mark> };

/** The shared tier. Whatever happens to Redis, nothing here rejects: null says that it did not answer in time. */
export type L2 = {
  /**
   * Within the budget of one read. One MGET for all that is asked for in one turn of the event loop, and for the clock.
   * They lie in different slots: in a Redis Cluster, which this is not ready for, it would be refused.
   */
  read: (keys: readonly string[]) => Promise<L2Reading | null>;
  /** Takes no longer than `withinMs`, nor than the budget. */
  marksOf: (names: readonly string[], withinMs: number) => Promise<MarksReading | null>;
  /** Stores in the background. */
  fill: (key: string, text: string, lifetimeMs: number) => void;
};

export type L2Options = {
  connection: Connection;
  coolDown: CoolDown;
  keys: { clock: string; marks: string };
  budgetMs: number;
  /** Called when Redis answers and its clock is gone. */
  onClockMissing: () => void;
};

/** What one MGET asks for, and what it brings for all who wait: one promise, to which each listens for itself. */
type Batch = {
  readonly keys: string[];
  readonly answer: Promise<L2Reading | null>;
  readonly resolve: (answer: L2Reading | null) => void;
};

const mostKeysTogether = 256;
const mostFills = 512;

function openBatch(): Batch {
  let resolve: Batch["resolve"] = () => undefined;
  const answer = new Promise<L2Reading | null>((settle) => {
    resolve = settle;
  });
  return { keys: [], answer, resolve };
}

export function createL2({ connection, coolDown, keys, budgetMs, onClockMissing }: L2Options): L2 {
  /** The batch that is not under way yet. */
  let boarding: Batch | undefined;
  let fills = 0;

  /** Calls `ended` once: with null when Redis is away, cooling down, or did not answer within the budget. */
  function attempt<Reply extends string | object>(
    command: string,
    send: (redis: Redis) => Promise<Reply | null>,
    ended: (reply: Reply | null) => void,
  ): void {
    if (!connection.usable || !coolDown.permits()) {
      ended(null);
      return;
    }
    connection.ask(command, budgetMs, send, {
      answered: (reply) => {
        coolDown.succeeded();
        ended(reply);
      },
      failed: () => {
        if (coolDown.failed() && connection.usable) connection.reconnect();
        ended(null);
      },
    });
  }

  function readClock(text: unknown): ClockReading | null {
    const clock = parseClock(text);
    if (clock === null) onClockMissing();
    return clock;
  }

  function sendBatch(batch: Batch): void {
    if (boarding !== batch) return;
    boarding = undefined;
    attempt(
      "MGET",
      (redis) => redis.mget(...batch.keys, keys.clock),
      (texts) => batch.resolve(texts === null ? null : { clock: readClock(texts.at(-1)), texts }),
    );
  }

  /** Joins the batch that goes out in this turn of the event loop. */
  function board(): Batch {
    if (boarding === undefined) {
      boarding = openBatch();
      setImmediate(sendBatch, boarding);
    }
    return boarding;
  }

  return {
    read: (wanted) => {
      const batch = board();
      const from = batch.keys.length;
      for (const key of wanted) batch.keys.push(key);
      if (batch.keys.length >= mostKeysTogether) sendBatch(batch);
      return batch.answer.then(
        (answer) => answer && { clock: answer.clock, texts: answer.texts.slice(from, from + wanted.length) },
      );
    },

    marksOf: async (names, withinMs) => {
      if (withinMs <= 0) return null;
      const fields = names.flatMap((name) => [`p:${name}`, `e:${name}`]);
      const asking = new Promise<[(string | null)[], string | null] | null>((resolve) => {
        // The clock is read after the marks: marks that were pruned in between show as a risen floor.
        const both = (redis: Redis) => Promise.all([redis.hmget(keys.marks, ...fields), redis.get(keys.clock)]);
        attempt("HMGET", both, resolve);
      });
      // A caller in a hurry gives up earlier, which says nothing about Redis.
      const answer = await settleWithin(asking, withinMs).catch(() => null);
      if (answer === null) return null;
      const [epochs, clock] = answer;
      const marks = new Map<string, Mark>();
      for (const [index, name] of names.entries()) {
        marks.set(name, { purged: Number(epochs[2 * index] ?? 0), expired: Number(epochs[2 * index + 1] ?? 0) });
      }
      return { clock: readClock(clock), marks };
    },

    fill: (key, text, lifetimeMs) => {
      if (fills >= mostFills || lifetimeMs < 1) return;
      fills += 1;
      const set = (redis: Redis) => redis.set(key, text, "PX", Math.ceil(lifetimeMs));
      attempt("SET", set, () => {
        fills -= 1;
      });
    },
  };
}
