export { type Advice, advise, type AdvisedStatement, type AdviseOptions, type Proposal } from "./advice/advise";
export {
  createSql,
  nameIndex,
  plainKey,
  type PropertyOf,
  type ProposedIndex,
  serves,
  usualProperty,
} from "./advice/proposed-index";
export { observedLongEnoughMs } from "./advice/catalog-rules";
export { type Advisor, type AdvisorOptions, createAdvisor } from "./advisor";
export { AdvisorError } from "./errors";
export { createExplainer, type Explainer, type ExplainerOptions } from "./explainer";
export type { Catalog, ColumnFacts, ForeignKeyFacts, IndexFacts, IndexKey, TableFacts } from "./plan/catalog";
export { type Plan, type PlanNode, type PlanRows, stepsOf } from "./plan/plan-tree";
export { type CountedStatement, type DatabaseFacts, type PlanLimits, type PlanSources, usualLimits } from "./types";
export { readStatistics } from "./statistics";
export type { ExplainedStatement, PlansAdvice, PlansStatistics, PlanValues, StatementStatistics } from "./types";
export { readPlan } from "./plan/read-plan";
