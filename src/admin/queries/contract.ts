import { z } from "@/server/rpc/zod";

export type { Advice, ExplainedStatement, PlanNode, PlansAdvice, PlansStatistics } from "@weir/query-advisor";

const statementFields = {
  /** The name by which the statement is recorded, such as `order.byId` or `select 3f2a91c0`. Never SQL. */
  statement: z.string().min(1).max(200),
  /** Which of the texts that go by this name. */
  variant: z.int().min(0).max(99).default(0),
};

export const plansExplainInput = z.strictObject({
  ...statementFields,
  /** Asks Postgres again; else a plan is half a minute old at most. */
  fresh: z.boolean().default(false),
});

export const plansAnalyzeInput = z.strictObject(statementFields);
export type PlansAnalyzeInput = z.infer<typeof plansAnalyzeInput>;

export const plansStatisticsInput = z
  .strictObject({
    statement: z.string().min(1).max(200).optional(),
    /** The most rows, those that took the most time first. */
    limit: z.int().min(1).max(200).default(50),
  })
  .prefault({});
export type PlansStatisticsInput = z.infer<typeof plansStatisticsInput>;

export const plansAdviceInput = z
  .strictObject({
    /** Looks again unless it has just been done; else an answer is a few minutes old at most. */
    fresh: z.boolean().default(false),
  })
  .prefault({});
export type PlansAdviceInput = z.infer<typeof plansAdviceInput>;
