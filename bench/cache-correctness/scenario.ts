import type { Stage } from "./stage";
import type { Verdict } from "./verdict";

export type Scenario = {
  name: string;
  /** One of those with which the engine began; `--quick` puts the rivals to these only. */
  isBasic?: boolean;
  play: (stage: Stage) => Promise<Verdict>;
};

/** Long enough for fills, messages and caches that write behind; nothing here waits for less than this. */
export const settleMs = 300;
/** Long enough for every client here to reconnect after a break. */
export const reconnectMs = 3000;
/** Longer than Weir's nodes trust their memory without the log. */
export const beyondTrustMs = 4500;
