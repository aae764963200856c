import type {
  ExplainedStatement,
  PlansAdvice,
  PlansAdviceInput,
  PlansAnalyzeInput,
  PlansStatistics,
  PlansStatisticsInput,
} from "./contract";
import {
  type AdvisorOptions,
  createAdvisor,
  createExplainer,
  observedLongEnoughMs,
  type PlanLimits,
  readStatistics,
  usualLimits,
  usualProperty,
} from "@weir/query-advisor";
import type { Actor } from "@/server/auth/session";
import type { Database } from "@weir/postgres";
import type { Authority } from "@/server/auth/authority";
import { createPlanQueries, ownProperty } from "./queries";

export type PlanService = ReturnType<typeof createPlanService>;

export type PlanServiceOptions = {
  database: Pick<Database, "db" | "explain" | "statements">;
  /** Checks and records an act (`authority.ts`). */
  permit: Authority["permit"];
  /** The nodes' recent counts of each statement. */
  used: AdvisorOptions["used"];
  limits?: Partial<PlanLimits>;
  /** How long an index must be unused before it is reported. */
  unusedAfterMs?: number;
  /** Plans with recorded values, as required before Postgres 16. */
  isSampledAlways?: boolean;
  /** Wall clock in milliseconds. */
  now?: () => number;
};

/** How Postgres runs the statements, and what would make them cheaper. */
export function createPlanService(options: PlanServiceOptions) {
  const { database, permit, used, unusedAfterMs = observedLongEnoughMs, isSampledAlways = false } = options;
  const { now = Date.now } = options;
  const { db, explain, statements } = database;
  const facts = createPlanQueries(db);
  const limits = { ...usualLimits, ...options.limits };
  const sources = { explain, statements, facts };
  const explainer = createExplainer({ ...sources, limits, now, isSampledAlways });
  const propertyOf = (table: string, column: string): string =>
    ownProperty(table, column) ?? usualProperty(table, column);
  const advisor = createAdvisor({ statements, facts, explainer, used, propertyOf, unusedAfterMs, now });

  return {
    /** @throws WeirError STATEMENT_UNKNOWN, STATEMENT_NOT_EXPLAINABLE, STATEMENT_VALUES_UNKNOWN */
    explain: (input: PlansAnalyzeInput & { fresh?: boolean }): Promise<ExplainedStatement> =>
      explainer.explain({ fresh: false, ...input }),

    /** Recorded in the audit log before it runs. @throws WeirError as `explain`, and STATEMENT_NOT_ANALYZABLE */
    analyze: (input: PlansAnalyzeInput, actor: Actor): Promise<ExplainedStatement> =>
      explainer.analyze(input, () =>
        permit(actor, { action: "statement.analyze", subject: `statement:${input.statement}` }),
      ),

    /** @throws WeirError DATABASE_TIMEOUT when the first computation takes longer than the caller waits */
    advice: ({ fresh }: PlansAdviceInput): Promise<PlansAdvice> => advisor.advice(fresh),

    statistics: (input: PlansStatisticsInput): Promise<PlansStatistics> => readStatistics({ statements, facts }, input),
  };
}
