import type { MonotonicClock } from "../clock";
import type { Fence } from "../fence";
import type { InvalidateMarks } from "../invalidate";
import type { L1 } from "../l1";
import type { KeyNames } from "../names";
import type { GroupFacts } from "../plan";
import type { Trust } from "../trust";
import type { InspectionRedis } from "./inspection-redis";

/** What those who look around work with. */
export type InspectionTools = {
  readonly redis: InspectionRedis;
  readonly keys: KeyNames;
  readonly clock: MonotonicClock;
  /** The groups that are defined on this node. */
  readonly groups: ReadonlyMap<string, GroupFacts>;
  readonly l1: L1;
  readonly fence: Fence;
  readonly trust: Trust;
  readonly invalidateMarks: InvalidateMarks;
};
