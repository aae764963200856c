import type { Advice } from "./advice/advise";
import type { Plan } from "./plan/plan-tree";
import type { Catalog } from "./plan/catalog";
import type { Database, Explain } from "@weir/postgres";

/**
 * The source of the values a plan was made with. `none`: the statement takes none. `generic`: the plan is for any
 * values. `sampled`: values that this node sent with it earlier; constants in the plan's conditions are then redacted.
 */
export type PlanValues = "none" | "generic" | "sampled";

export type ExplainedStatement = {
  statement: string;
  variant: number;
  /** Number of texts with this name. */
  variants: number;
  /** With placeholders, never with values. */
  text: string;
  values: PlanValues;
  /** Whether it was run, so that times and rows are measured. */
  isMeasured: boolean;
  /** When Postgres was queried, ISO 8601. */
  at: string;
  /** The major version of the server. */
  serverVersion: number;
  plan: Plan;
};

/** Statistics from `pg_stat_statements` for one statement, over all clients of the database. */
export type StatementStatistics = {
  /** Its name in Weir; null if Weir did not send it. */
  statement: string | null;
  /** Null for a command that may contain a secret. */
  text: string | null;
  /** A 64-bit number. */
  queryId: string;
  calls: number;
  totalMs: number;
  meanMs: number;
  maxMs: number;
  /** Share of the time of all counted statements. */
  share: number;
  rows: number;
  /** Pages of 8 KB found in shared buffers, and read from the system. */
  blocksHit: number;
  blocksRead: number;
  /** Pages spilled to disk while sorting or hashing. */
  tempBlocksWritten: number;
  walBytes: number;
  /** Number and time of plannings; zero unless `pg_stat_statements.track_planning` is on. */
  plans: number;
  planMs: number;
};

export type PlansStatistics =
  | {
      isAvailable: true;
      /** Start of the statistics, ISO 8601; null if unknown. */
      since: string | null;
      /** Largest total time first. */
      rows: StatementStatistics[];
    }
  | {
      isAvailable: false;
      why: "not-installed" | "not-loaded" | "forbidden";
      /** Setup steps. */
      howTo: string[];
    };

export type PlansAdvice = {
  /** When the database was examined, ISO 8601. */
  at: string;
  /** Most expensive first. */
  advice: Advice[];
  /** Number of statements whose plans were examined. */
  examined: number;
  /** Statements that were skipped, and why. */
  skipped: { statement: string; why: string }[];
  /** How long index use has been counted; null if unknown. */
  countedForMs: number | null;
  /** Whether HypoPG is available to estimate the effect of an index. */
  canPretend: boolean;
};

/** Facts queried from Postgres itself. */
export type DatabaseFacts = {
  server: () => Promise<{ version: number; hasStatistics: boolean; canPretend: boolean }>;
  catalog: () => Promise<Catalog>;
  /** Largest total time first. Rejects if `pg_stat_statements` is not installed or not loaded. */
  statistics: (limit: number) => Promise<CountedStatement[]>;
  statisticsSince: () => Promise<string | null>;
  /** The functions among these that may have side effects. */
  functionsWithEffects: (names: readonly string[]) => Promise<string[]>;
  /** The text of a statement as stored by a node. */
  storedText: (name: string) => Promise<string | null>;
};

/** A row of `pg_stat_statements`, with numbers as in JSON. */
export type CountedStatement = {
  queryId: string;
  /** The query ID rounded to 53 bits, as it appears in JSON plans. */
  roundedId: number;
  text: string;
  calls: number;
  totalMs: number;
  meanMs: number;
  maxMs: number;
  share: number | null;
  rows: number;
  blocksHit: number;
  blocksRead: number;
  tempBlocksWritten: number;
  walBytes: number;
  plans: number;
  planMs: number;
};

export type PlanSources = {
  explain: Explain;
  statements: Database["statements"];
  facts: DatabaseFacts;
};

export type PlanLimits = {
  /** Timeouts for EXPLAIN and for running a statement with ANALYZE. */
  explainTimeoutMs: number;
  analyzeTimeoutMs: number;
  lockTimeoutMs: number;
  /** How long a plan is cached. */
  keepMs: number;
};

export const usualLimits: PlanLimits = {
  explainTimeoutMs: 2_000,
  analyzeTimeoutMs: 8_000,
  lockTimeoutMs: 500,
  keepMs: 30_000,
};
