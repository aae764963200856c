import type { Redis } from "ioredis";
import { type ClockReading, parseClock } from "./clock";
import type { AskL2 } from "./l2-door";
import type { Mark } from "./marks";
import { settleWithin } from "./settle-within";
import { noteScope, scopesOf, type Waiting } from "./waiting-scopes";

/** Entries as they stand in Redis, null where there is none, and the clock at the same instant. */
export type L2Reading = { readonly clock: ClockReading | null; readonly texts: readonly (string | null)[] };
/** Marks, and the clock as it stood at some time after they were read: its epoch may be one that they do not show. */
export type MarksReading = { readonly clock: ClockReading | null; readonly marks: ReadonlyMap<string, Mark> };

/** What is read of the shared tier. Whatever happens to Redis, nothing here rejects: null says that it did not answer in time. */
export type L2 = {
  /**
   * Within the budget of one read. One MGET for all that is asked for in one turn of the event loop, and for the clock.
   * They lie in different slots: in a Redis Cluster, which this is not ready for, it would be refused.
   * Calls `answered` once, later, as whoever asked; it must not throw.
   */
  read: (keys: readonly string[], answered: (reading: L2Reading | null) => void) => void;
  /** Takes no longer than `withinMs`, nor than the budget. */
  marksOf: (names: readonly string[], withinMs: number) => Promise<MarksReading | null>;
};

export type L2Options = {
  ask: AskL2;
  keys: { clock: string; marks: string };
  budgetMs: number;
  /** Called when Redis answers and its clock is gone. */
  onClockMissing: () => void;
};

/** What one MGET asks for, and what it brings for all who wait: one promise, to which each listens for itself. */
type Boarding = Waiting & {
  readonly keys: string[];
  readonly answer: Promise<L2Reading | null>;
  readonly resolve: (answer: L2Reading | null) => void;
};

const mostKeysTogether = 256;

function openBoarding(): Boarding {
  let resolve: Boarding["resolve"] = () => undefined;
  const answer = new Promise<L2Reading | null>((settle) => {
    resolve = settle;
  });
  return { keys: [], scopes: [], answer, resolve };
}

export function createL2({ ask, keys, budgetMs, onClockMissing }: L2Options): L2 {
  /** What is not under way yet. */
  let boarding: Boarding | undefined;

  function readClock(text: unknown): ClockReading | null {
    const clock = parseClock(text);
    if (clock === null) onClockMissing();
    return clock;
  }

  function depart(leaving: Boarding): void {
    if (boarding !== leaving) return;
    boarding = undefined;
    ask(
      "MGET",
      budgetMs,
      (redis) => redis.mget(...leaving.keys, keys.clock),
      (texts) => leaving.resolve(texts === null ? null : { clock: readClock(texts.at(-1)), texts }),
      scopesOf(leaving),
    );
  }

  /** Joins what goes out in this turn of the event loop. */
  function board(): Boarding {
    if (boarding === undefined) {
      boarding = openBoarding();
      setImmediate(depart, boarding);
    }
    return boarding;
  }

  return {
    read: (wanted, answered) => {
      const joined = board();
      noteScope(joined);
      const from = joined.keys.length;
      for (const key of wanted) joined.keys.push(key);
      if (joined.keys.length >= mostKeysTogether) depart(joined);
      void joined.answer.then((answer) => {
        answered(answer && { clock: answer.clock, texts: answer.texts.slice(from, from + wanted.length) });
      });
    },

    marksOf: async (names, withinMs) => {
      if (withinMs <= 0) return null;
      const fields = names.flatMap((name) => [`p:${name}`, `e:${name}`]);
      const asking = new Promise<[readonly unknown[], string | null] | null>((resolve) => {
        // The clock is read after the marks: marks that were pruned in between show as a risen floor.
        const both = (redis: Redis) => Promise.all([redis.zmscore(keys.marks, ...fields), redis.get(keys.clock)]);
        ask("ZMSCORE", budgetMs, both, resolve);
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
  };
}
