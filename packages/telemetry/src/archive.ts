/** Widths of time that are kept merged over all nodes. */
export type ArchiveTierName = "1m" | "1h";

/** What is known of a merged span of time without reading it. */
export type SlotMark = {
  startMs: number;
  /** Processes that reported; of an hour the sum of its minutes'. */
  reports: number;
  /** Counted and left out. */
  messages: number;
  /** When the last of these processes wrote, by its own clock. */
  writtenAtMs: number;
};

/** A merged span of time; `head` and `body` are the two parts of one blob. */
export type ArchivedSlot = SlotMark & { head: Buffer; body: Buffer };

export type StatementText = { name: string; text: string; firstSeenMs: number; lastSeenMs: number };

export type TableFootprint = {
  table: string;
  /** With indexes and what lies out of line. */
  bytes: number;
  rows: number;
};

export type ArchiveFootprint = {
  tables: TableFootprint[];
  /** What of `telemetry_slots` is the blobs of each tier. */
  tiers: { tier: string; slots: number; bytes: number }[];
};

/** Where slots that were merged over all nodes are kept: Postgres. Every function rejects as the database does. */
export type SlotArchive = {
  /** Oldest first; `toMs` is exclusive. */
  marks: (tier: ArchiveTierName, fromMs: number, toMs: number) => Promise<SlotMark[]>;
  /** The slots that begin at these times, as far as they are there, in any order. */
  slots: (tier: ArchiveTierName, startsMs: readonly number[]) => Promise<ArchivedSlot[]>;
  /** Their heads alone. */
  heads: (tier: ArchiveTierName, startsMs: readonly number[]) => Promise<(SlotMark & { head: Buffer })[]>;
  /** Parts of bodies, in the order asked for; null where the slot is gone. `offset` counts from 0. */
  pieces: (
    tier: ArchiveTierName,
    wanted: readonly { startMs: number; offset: number; length: number }[],
  ) => Promise<(Buffer | null)[]>;
  /**
   * Stores a slot unless one is there that is as complete: the greatest of (messages, reports, written, bytes) stays,
   * whatever the order and number of attempts. True when this one was stored.
   */
  put: (tier: ArchiveTierName, slot: ArchivedSlot) => Promise<boolean>;
  /** Whole hours, oldest first, whose minutes hold more than the hour does, with what these hold; `limit` of them. */
  staleHours: (fromMs: number, toMs: number, limit: number) => Promise<Omit<SlotMark, "writtenAtMs">[]>;
  /** Removes at most `limit` slots that began before `beforeMs`, the oldest first; answers how many. */
  prune: (tier: ArchiveTierName, beforeMs: number, limit: number) => Promise<number>;
  /** Adds texts, and widens the time in which known ones were seen. */
  noteTexts: (texts: readonly StatementText[]) => Promise<void>;
  texts: (names: readonly string[]) => Promise<StatementText[]>;
  /** Removes at most `limit` texts that were last seen before `beforeMs`; answers how many. */
  pruneTexts: (beforeMs: number, limit: number) => Promise<number>;
  footprint: () => Promise<ArchiveFootprint>;
};
