import { lastEventIdSchema } from "@/server/live/contract";
import { z } from "@/server/rpc/zod";
import type { InsightsNodes, InsightsObserver, InsightsPool } from "./nodes";
import { insightsPeriodInput } from "./nodes";
import type { LiveName } from "./live-names";
import { type InsightsOverview, insightsOverviewInput, type InsightsStatus } from "./overview";
import { type InsightsSeries, insightsSeriesInput } from "./series";
import { type InsightTable, tableInputs } from "./tables";

/** What each procedure answers. */
export type LiveAnswers = {
  status: InsightsStatus;
  overview: InsightsOverview;
  series: InsightsSeries;
  procedures: InsightTable<"procedures">;
  statements: InsightTable<"statements">;
  groups: InsightTable<"groups">;
  tags: InsightTable<"tags">;
  redis: InsightTable<"redis">;
  pool: InsightsPool;
  nodes: InsightsNodes;
  observer: InsightsObserver;
};

const ask = <const Name extends LiveName, Input extends z.ZodType>(name: Name, input: Input) =>
  z.strictObject({ name: z.literal(name), input });
const noInput = z.undefined().optional();

/** A call of `insights.<name>` whose response is repeated. */
const liveAsk = z.discriminatedUnion("name", [
  ask("status", noInput),
  ask("overview", insightsOverviewInput),
  ask("series", insightsSeriesInput),
  ask("procedures", tableInputs.procedures),
  ask("statements", tableInputs.statements),
  ask("groups", tableInputs.groups),
  ask("tags", tableInputs.tags),
  ask("redis", tableInputs.redis),
  ask("pool", insightsPeriodInput),
  ask("nodes", noInput),
  ask("observer", insightsPeriodInput),
]);
export type LiveAsk = z.infer<typeof liveAsk>;

const maxAsks = 16;
export const insightsLiveInput = z
  .strictObject({
    /** What the page shows; the overview of the last five minutes by default. */
    asks: z
      .array(liveAsk)
      .min(1)
      .max(maxAsks)
      .prefault([{ name: "overview", input: {} }]),
    /** Sent by browsers when they reconnect. Every event is complete, so nothing has to be resumed. */
    lastEventId: lastEventIdSchema,
  })
  .prefault({});
export type InsightsLiveInput = z.infer<typeof insightsLiveInput>;

/** A new response to one of the asks, by its index. Without `data` it failed: calling the procedure says why. */
export type InsightsLiveEvent =
  | { [Name in LiveName]: { ask: number; name: Name; ok: true; data: LiveAnswers[Name] } }[LiveName]
  | { ask: number; name: LiveName; ok: false };
