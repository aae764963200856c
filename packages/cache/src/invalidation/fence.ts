import type { InvalidationMode } from "../contract/types";
import type { ClockReading, MarkTimes } from "../redis/clock";

/** What invalidations mean for a value loaded at an epoch. Also `void` when that can no longer be known. */
export type Verdict = "valid" | "expired" | "void";

/** One invalidation as it took effect. */
export type Invalidation = {
  readonly incarnation: string;
  readonly epoch: number;
  readonly mode: InvalidationMode;
  readonly all: boolean;
  readonly marks: readonly string[];
};

/**
 * What this node knows of the fleet's invalidations. Everything that is stored or shared is judged here.
 * Between two log entries the fence may know single later epochs, from this node's own invalidations.
 */
export type Fence = {
  /** Null until the clock has been read for the first time. */
  readonly incarnation: string | null;
  /** Every invalidation up to this epoch is known. */
  readonly applied: number;
  /** The latest known epoch; a load that begins now sees what that invalidation was about. */
  readonly known: number;
  /** Incremented with each change of what is known. */
  readonly sequence: number;
  /** Incremented when everything before becomes void. */
  readonly generation: number;
  /** Starts over at this reading of the clock; everything before is void. */
  reset: (clock: ClockReading) => void;
  /** Voids everything before. */
  flush: () => void;
  /** Takes the next log entry. Returns false, and takes nothing, when it is not the successor of the last. */
  applyLogged: (invalidation: Invalidation) => boolean;
  /** Takes an invalidation of this node on its reply, ahead of the log. */
  applyReplied: (invalidation: Invalidation) => void;
  /**
   * Announces an invalidation that has been sent but not confirmed. Until the returned function is called, nothing stored
   * that it touches is served here, and nothing loaded is stored.
   */
  announce: (marks: readonly string[], all: boolean) => () => void;
  /** True while an announcement touches one of these marks. */
  isAnnounced: (marks: readonly string[]) => boolean;
  /** What is known to have happened to these marks after `epoch`, in this generation. */
  judge: (marks: readonly string[], epoch: number) => Verdict;
  /** As `judge`, from what this node happens to know, even if that is not everything. */
  judgeKnown: (marks: readonly string[], epoch: number) => Verdict;
  /** Loads that began before this epoch are void for these marks, as far as is known. */
  purgedAt: (marks: readonly string[]) => number;
  /** True when `judge` knows everything that happened after `epoch`. */
  covers: (epoch: number) => boolean;
};

export function createFence({ maxMarks }: { maxMarks: number }): Fence {
  const history = createMarkHistory(maxMarks);
  const announced = createAnnouncements();
  let incarnation: string | null = null;
  let applied = 0;
  let known = 0;
  let sequence = 0;
  let generation = 0;
  let purgeFloor = 0;
  let expireFloor = 0;

  const take = ({ epoch, mode, all, marks }: Invalidation): void => {
    sequence += 1;
    known = Math.max(known, epoch);
    if (all && mode === "purge") purgeFloor = Math.max(purgeFloor, epoch);
    if (all && mode === "expire") expireFloor = Math.max(expireFloor, epoch);
    for (const mark of marks) history.add(mark, mode, epoch);
  };
  const flush = (): void => {
    sequence += 1;
    generation += 1;
  };
  const judgeKnown = (marks: readonly string[], since: number): Verdict => {
    if (since < purgeFloor || announced.touch(marks)) return "void";
    let expired = since < expireFloor;
    for (const mark of marks) {
      const times = history.of(mark);
      if (times === undefined) continue;
      if (times.purged > since) return "void";
      if (times.expired > since) expired = true;
    }
    return expired ? "expired" : "valid";
  };

  return {
    get incarnation() {
      return incarnation;
    },
    get applied() {
      return applied;
    },
    get known() {
      return known;
    },
    get sequence() {
      return sequence;
    },
    get generation() {
      return generation;
    },
    flush,
    reset: (clock) => {
      flush();
      ({ incarnation, epoch: applied, purgeFloor, expireFloor } = clock);
      known = applied;
      history.reset(applied);
    },
    applyLogged: (invalidation) => {
      if (invalidation.incarnation !== incarnation || invalidation.epoch !== applied + 1) return false;
      take(invalidation);
      applied = invalidation.epoch;
      return true;
    },
    applyReplied: (invalidation) => {
      // Epochs of another incarnation cannot be compared with those known here.
      if (invalidation.incarnation === incarnation) take(invalidation);
      else flush();
    },
    announce: (marks, all) => {
      sequence += 1;
      const end = announced.add(marks, all);
      return () => {
        sequence += 1;
        end();
      };
    },
    isAnnounced: announced.touch,
    covers: history.covers,
    purgedAt: (marks) => marks.reduce((latest, mark) => Math.max(latest, history.of(mark)?.purged ?? 0), purgeFloor),
    judge: (marks, epoch) => (history.covers(epoch) ? judgeKnown(marks, epoch) : "void"),
    judgeKnown,
  };
}

/**
 * The times of the marks that the log has reported to this node. Two generations bound the memory: when the younger is
 * full, the older is dropped, and with it the verdict on entries that were last checked before it ended.
 */
type MarkHistory = {
  add: (mark: string, mode: InvalidationMode, epoch: number) => void;
  of: (mark: string) => MarkTimes | undefined;
  /** True when every mark set after `epoch` is still known. */
  covers: (epoch: number) => boolean;
  /** Forgets everything; from now on marks set after `epoch` are known. */
  reset: (epoch: number) => void;
};

function createMarkHistory(maxMarks: number): MarkHistory {
  let younger = new Map<string, MarkTimes>();
  let older = new Map<string, MarkTimes>();
  let youngerSince = 0;
  let olderSince = 0;
  let latest = 0;

  const of = (mark: string): MarkTimes | undefined => younger.get(mark) ?? older.get(mark);

  return {
    of,
    add: (mark, mode, epoch) => {
      latest = Math.max(latest, epoch);
      const known = of(mark);
      const times = { purged: known?.purged ?? 0, expired: known?.expired ?? 0 };
      if (mode === "purge") times.purged = Math.max(times.purged, epoch);
      else times.expired = Math.max(times.expired, epoch);
      younger.set(mark, times);
      if (younger.size * 2 < maxMarks) return;
      older = younger;
      olderSince = youngerSince;
      younger = new Map();
      youngerSince = latest;
    },
    covers: (epoch) => epoch >= olderSince,
    reset: (epoch) => {
      younger = new Map();
      older = new Map();
      youngerSince = epoch;
      olderSince = epoch;
      latest = epoch;
    },
  };
}

/** Invalidations that this node has sent and Redis has not confirmed. */
type Announcements = {
  /** Returns a function that ends the announcement. */
  add: (marks: readonly string[], all: boolean) => () => void;
  touch: (marks: readonly string[]) => boolean;
};

function createAnnouncements(): Announcements {
  const counts = new Map<string, number>();
  let allCount = 0;

  const end = (mark: string): void => {
    const left = (counts.get(mark) ?? 0) - 1;
    if (left > 0) counts.set(mark, left);
    else counts.delete(mark);
  };
  return {
    add: (marks, all) => {
      if (all) allCount += 1;
      for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        if (all) allCount -= 1;
        for (const mark of marks) end(mark);
      };
    },
    touch: (marks) => allCount > 0 || (counts.size > 0 && marks.some((mark) => counts.has(mark))),
  };
}

/**
 * How long this node may serve from its own memory: `trustMs` from when it sent the last request to the log that was
 * answered. A process that was paused or cut off therefore stops trusting itself.
 */
export type Trust = {
  extend: (askedAtMs: number) => void;
  /** Ends it, and ignores replies to requests that were sent before `nowMs`. */
  withdraw: (nowMs: number) => void;
  /** True when `nowMs` is in the trusted time, or at most `graceMs` after it. */
  holds: (nowMs: number, graceMs: number) => boolean;
  /** Time since the last answered request was sent, in ms; null when there is none that counts. */
  ageMs: (nowMs: number) => number | null;
};

export function createTrust(trustMs: number): Trust {
  let untilMs = Number.NEGATIVE_INFINITY;
  let withdrawnAtMs = Number.NEGATIVE_INFINITY;
  return {
    extend: (askedAtMs) => {
      if (askedAtMs >= withdrawnAtMs) untilMs = Math.max(untilMs, askedAtMs + trustMs);
    },
    withdraw: (nowMs) => {
      untilMs = Number.NEGATIVE_INFINITY;
      withdrawnAtMs = nowMs;
    },
    holds: (nowMs, graceMs) => nowMs < untilMs + graceMs,
    ageMs: (nowMs) => (untilMs === Number.NEGATIVE_INFINITY ? null : Math.max(0, nowMs - (untilMs - trustMs))),
  };
}
