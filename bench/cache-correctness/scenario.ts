import type { Stage } from "./stage";
import type { Verdict } from "./verdict";

export type Scenario = {
  name: string;
  /** One of the original scenarios; with `--quick` the rivals run only these. */
  isBasic?: boolean;
  play: (stage: Stage) => Promise<Verdict>;
};

/** Long enough for fills, messages and write-behind caches; the minimum wait in all scenarios. */
export const settleMs = 300;
/** Long enough for every client here to reconnect after a break. */
export const reconnectMs = 3000;
/** Longer than Weir's nodes trust their memory without the log. */
export const beyondTrustMs = 4500;
