import type { ClockReading } from "./clock";
import { createLocalMarks, type Mode } from "./marks";
import { createPending } from "./pending";

/** What invalidations say about something that was loaded at an epoch. `void` also when it can no longer be known. */
export type Verdict = "valid" | "expired" | "void";

/** One invalidation as it took effect. */
export type Invalidation = {
  readonly incarnation: string;
  readonly epoch: number;
  readonly mode: Mode;
  readonly all: boolean;
  readonly marks: readonly string[];
};

/**
 * What this node knows of the fleet's invalidations; everything that is stored or shared is judged here.
 * Between two entries of the log it may know single later epochs, from its own invalidations.
 */
export type Fence = {
  /** Null until the clock has been read for the first time. */
  readonly incarnation: string | null;
  /** Every invalidation up to this epoch is known. */
  readonly applied: number;
  /** The latest epoch heard of; a load that begins now sees what it invalidated. */
  readonly known: number;
  /** Grows with each change of what is known. */
  readonly sequence: number;
  /** Grows when all that came before is void. */
  readonly generation: number;
  /** Begins at this reading of the clock; what came before is void. */
  reset: (clock: ClockReading) => void;
  /** Voids all that came before. */
  flush: () => void;
  /** Takes the next entry of the log. False, and nothing taken, when it is not the successor of the last. */
  applyLogged: (invalidation: Invalidation) => boolean;
  /** Takes an invalidation of this node on its reply, ahead of the log. */
  applyReplied: (invalidation: Invalidation) => void;
  /** Announces an invalidation that is being asked for. Returns the function that ends the announcement. */
  announce: (marks: readonly string[], all: boolean) => () => void;
  /** True while such an announcement touches one of these marks. */
  isAnnounced: (marks: readonly string[]) => boolean;
  /** What is known to have happened to these marks after `epoch`, in this generation. */
  judge: (marks: readonly string[], epoch: number) => Verdict;
  /** The same of what this node happens to know, although it cannot speak of all. */
  heard: (marks: readonly string[], epoch: number) => Verdict;
  /** What began before this epoch is void for these marks, as far as is known. */
  purgedAt: (marks: readonly string[]) => number;
  /** True when `judge` can speak of all that happened after `epoch`. */
  covers: (epoch: number) => boolean;
};

export function createFence({ mostMarks }: { mostMarks: number }): Fence {
  const marks = createLocalMarks(mostMarks);
  const pending = createPending();
  let incarnation: string | null = null;
  let applied = 0;
  let known = 0;
  let sequence = 0;
  let generation = 0;
  let purgeFloor = 0;
  let expireFloor = 0;

  const take = ({ epoch, mode, all, marks: names }: Invalidation): void => {
    sequence += 1;
    known = Math.max(known, epoch);
    if (all && mode === "purge") purgeFloor = Math.max(purgeFloor, epoch);
    if (all && mode === "expire") expireFloor = Math.max(expireFloor, epoch);
    for (const name of names) marks.note(name, mode, epoch);
  };
  const flush = (): void => {
    sequence += 1;
    generation += 1;
  };
  const heard = (names: readonly string[], since: number): Verdict => {
    if (since < purgeFloor || pending.touches(names)) return "void";
    let expired = since < expireFloor;
    for (const name of names) {
      const mark = marks.of(name);
      if (mark === undefined) continue;
      if (mark.purged > since) return "void";
      if (mark.expired > since) expired = true;
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
      marks.reset(applied);
    },
    applyLogged: (invalidation) => {
      if (invalidation.incarnation !== incarnation || invalidation.epoch !== applied + 1) return false;
      take(invalidation);
      applied = invalidation.epoch;
      return true;
    },
    applyReplied: (invalidation) => {
      // Of another incarnation nothing here can be compared with its epochs.
      if (invalidation.incarnation === incarnation) take(invalidation);
      else flush();
    },
    announce: (names, all) => {
      sequence += 1;
      const end = pending.add(names, all);
      return () => {
        sequence += 1;
        end();
      };
    },
    isAnnounced: pending.touches,
    covers: marks.covers,
    purgedAt: (names) => names.reduce((latest, name) => Math.max(latest, marks.of(name)?.purged ?? 0), purgeFloor),
    judge: (names, epoch) => (marks.covers(epoch) ? heard(names, epoch) : "void"),
    heard,
  };
}
