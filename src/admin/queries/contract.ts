import { storedText, z } from "@/server/rpc/zod";

export type { Advice, ExplainedStatement, PlanNode, PlansAdvice, PlansStatistics } from "@weir/query-advisor";

const statementFields = {
  /** The recorded name of the statement, such as `order.byId` or `select 3f2a91c0`. Never SQL. */
  statement: storedText(200).min(1),
  /** Which of the texts with this name. */
  variant: z.int().min(0).max(99).default(0),
};

export const plansExplainInput = z.strictObject({
  ...statementFields,
  /** Plans again; otherwise a plan is at most 30 s old. */
  fresh: z.boolean().default(false),
});

export const plansAnalyzeInput = z.strictObject(statementFields);
export type PlansAnalyzeInput = z.infer<typeof plansAnalyzeInput>;

export const plansStatisticsInput = z
  .strictObject({
    statement: storedText(200).min(1).optional(),
    /** Maximum number of rows, longest total time first. */
    limit: z.int().min(1).max(200).default(50),
  })
  .prefault({});
export type PlansStatisticsInput = z.infer<typeof plansStatisticsInput>;

export const plansAdviceInput = z
  .strictObject({
    /** Computes the advice again unless it was just computed; otherwise it is at most a few minutes old. */
    fresh: z.boolean().default(false),
  })
  .prefault({});
export type PlansAdviceInput = z.infer<typeof plansAdviceInput>;
