export type Mode = "purge" | "expire";

/** The epochs at which something was last purged and last expired; 0 for never. */
export type Mark = { purged: number; expired: number };

/**
 * The marks that this node has heard of, fed by the log. Two generations bound the memory: when the younger is full,
 * the older is forgotten, and with it what can be said about entries that were last checked before it ended.
 */
export type LocalMarks = {
  note: (name: string, mode: Mode, epoch: number) => void;
  of: (name: string) => Mark | undefined;
  /** True when every mark set after `epoch` is still known. */
  covers: (epoch: number) => boolean;
  /** Forgets all; from now on marks set after `epoch` are known. */
  reset: (epoch: number) => void;
};

export function createLocalMarks(mostMarks: number): LocalMarks {
  let younger = new Map<string, Mark>();
  let older = new Map<string, Mark>();
  let youngerSince = 0;
  let olderSince = 0;
  let latest = 0;

  const of = (name: string): Mark | undefined => younger.get(name) ?? older.get(name);

  return {
    of,
    note: (name, mode, epoch) => {
      latest = Math.max(latest, epoch);
      const known = of(name);
      const mark = { purged: known?.purged ?? 0, expired: known?.expired ?? 0 };
      if (mode === "purge") mark.purged = Math.max(mark.purged, epoch);
      else mark.expired = Math.max(mark.expired, epoch);
      younger.set(name, mark);
      if (younger.size * 2 < mostMarks) return;
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
