import { createBell } from "./bell";

/** A position in a log whose entries are numbered without gaps within one incarnation. */
export type Position = { readonly incarnation: string; readonly epoch: number };
export type Change = Position & { readonly all: boolean; readonly tags: readonly string[] };

/** A followed log: reports where it begins and each later entry, in order. */
export type ChangeSource = {
  follow: (follower: { entered: (change: Change) => void; began: (position: Position) => void }) => () => void;
  /** Older entries, oldest first; may reject. */
  history: () => Promise<Change[]>;
};

export type Read =
  /** The entries after the requested position, up to `position`. */
  | { kind: "changes"; changes: readonly Change[]; position: Position }
  /** Entries in between are no longer available. */
  | { kind: "gap"; position: Position };

export type ChangeLog = {
  /** The log's current position. Waits until it is known; null when the signal is aborted first. */
  now: (signal: AbortSignal) => Promise<Position | null>;
  /** Waits for entries after a position; null when the signal is aborted. */
  after: (position: Position, signal: AbortSignal) => Promise<Read | null>;
  /** Number of waiting readers. */
  readonly waiting: number;
  close: () => void;
};

/**
 * The newest entries of a log, for any number of readers at any pace. Each reader keeps its position, and nothing is
 * queued for it. A reader gets a gap when it falls behind by more than `capacity`, or when its position predates this
 * node and the source's history no longer covers it.
 */
export function createChangeLog(source: ChangeSource, { capacity = 10_000 } = {}): ChangeLog {
  const bell = createBell();
  let known: Change[] = [];
  let tip: Position | null = null;
  let looking: Promise<void> | null = null;
  let hasLooked = false;

  const end = source.follow({
    began: (position) => {
      known = [];
      hasLooked = false;
      tip = position;
      bell.ring();
    },
    entered: (change) => {
      known.push(change);
      // Trimmed in batches, so that not every entry shifts all others.
      if (known.length >= capacity * 1.25) known = known.slice(-capacity);
      tip = change;
      bell.ring();
    },
  });

  /** Loads what the source still has from before this node started to follow. Runs once for all readers. */
  const lookBack = (): Promise<void> => {
    looking ??= source
      .history()
      .then((older) => {
        const first = known[0] ?? tip;
        if (first === null) return;
        // Without `known`, the tip itself is the last of the older entries.
        const before = known.length === 0 ? first.epoch + 1 : first.epoch;
        const fitting = older.filter(({ incarnation, epoch }) => incarnation === first.incarnation && epoch < before);
        known = [...fitting, ...known];
        hasLooked = true;
      })
      .catch(() => undefined)
      .finally(() => {
        looking = null;
      });
    return looking;
  };

  const reaches = (position: Position): boolean => {
    const first = known[0]?.epoch ?? (tip?.epoch ?? 0) + 1;
    return position.epoch >= first - 1;
  };

  const read = (position: Position, at: Position): Read => {
    if (!reaches(position)) return { kind: "gap", position: at };
    const first = known[0]?.epoch ?? 0;
    return { kind: "changes", changes: known.slice(Math.max(0, position.epoch + 1 - first)), position: at };
  };

  return {
    now: async (signal) => {
      while (!signal.aborted) {
        if (tip !== null) return tip;
        await bell.next(signal);
      }
      return null;
    },
    after: async (position, signal) => {
      while (!signal.aborted) {
        if (tip === null || (tip.incarnation === position.incarnation && tip.epoch <= position.epoch)) {
          await bell.next(signal);
          continue;
        }
        if (tip.incarnation !== position.incarnation) return { kind: "gap", position: tip };
        if (!reaches(position) && !hasLooked) await lookBack();
        // New entries may have arrived in the meantime.
        if (tip.incarnation === position.incarnation) return read(position, tip);
      }
      return null;
    },
    get waiting() {
      return bell.waiting;
    },
    close: end,
  };
}
