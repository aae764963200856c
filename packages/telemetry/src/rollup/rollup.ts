import type { SlotArchive } from "../archive";
import type { SlotSource } from "../slot-source";
import type { Retention } from "../tiers";

/** What a round works on. */
export type Rollup = {
  source: SlotSource;
  archive: SlotArchive;
  retention: Retention;
  /** The most that one merged slot may take in Postgres. */
  maxRowBytes: number;
  /** From 0 to below 1, another one on each node. */
  turn: number;
  /** What was merged of each minute and hour when it was last tried. */
  tried: Map<number, string>;
  triedHours: Map<number, string>;
  /** False when the round has to end. */
  mayGoOn: () => boolean;
};
