import type { Advice } from "./advice/advise";
import type { Plan } from "./plan/plan-tree";
import type { Catalog } from "./plan/catalog";
import type { Database, Explain } from "@weir/postgres";

/**
 * Where the values come from that a plan was made with. `none`: the statement takes none. `generic`: the plan serves all
 * values. `sampled`: the values that this node last sent with it; constants of its conditions are then left out.
 */
export type PlanValues = "none" | "generic" | "sampled";

export type ExplainedStatement = {
  statement: string;
  variant: number;
  /** How many texts go by this name. */
  variants: number;
  /** With placeholders, never with values. */
  text: string;
  values: PlanValues;
  /** Whether it was run, so that times and rows are what was measured. */
  isMeasured: boolean;
  /** When Postgres was asked, ISO 8601. */
  at: string;
  /** The major version of the server. */
  serverVersion: number;
  plan: Plan;
};

/** What `pg_stat_statements` has counted of one statement, over all programs that use the database. */
export type StatementStatistics = {
  /** By which it is recorded here; null when it is none of ours. */
  statement: string | null;
  /** Null for a command that may hold a secret. */
  text: string | null;
  /** A 64-bit number. */
  queryId: string;
  calls: number;
  totalMs: number;
  meanMs: number;
  maxMs: number;
  /** Of the time of all statements that are counted. */
  share: number;
  rows: number;
  /** Pages of 8 KB found in Postgres' own memory, and read from the system. */
  blocksHit: number;
  blocksRead: number;
  /** Pages that did not fit into memory while sorting or hashing. */
  tempBlocksWritten: number;
  walBytes: number;
  /** How often it was planned, and what that took; zero unless `pg_stat_statements.track_planning` is on. */
  plans: number;
  planMs: number;
};

export type PlansStatistics =
  | {
      isAvailable: true;
      /** Since when has been counted, ISO 8601; null when nobody knows. */
      since: string | null;
      /** Largest total time first. */
      rows: StatementStatistics[];
    }
  | {
      isAvailable: false;
      why: "not-installed" | "not-loaded" | "forbidden";
      /** What to do, step by step. */
      howTo: string[];
    };

export type PlansAdvice = {
  /** When the database was looked at, ISO 8601. */
  at: string;
  /** What costs most first. */
  advice: Advice[];
  /** How many statements' plans were looked at. */
  examined: number;
  /** Those that were left out, and why. */
  skipped: { statement: string; why: string }[];
  /** For how long uses of indexes have been counted; null when nobody knows. */
  countedForMs: number | null;
  /** Whether HypoPG is there to say what an index would bring. */
  canPretend: boolean;
};

/** What Postgres is asked about itself. */
export type DatabaseFacts = {
  server: () => Promise<{ version: number; hasStatistics: boolean; canPretend: boolean }>;
  catalog: () => Promise<Catalog>;
  /** Largest total time first. Fails where `pg_stat_statements` is not there or not loaded. */
  statistics: (limit: number) => Promise<CountedStatement[]>;
  statisticsSince: () => Promise<string | null>;
  /** Which of these functions may do more than answer. */
  functionsWithEffects: (names: readonly string[]) => Promise<string[]>;
  /** What some node has stored as the text of a statement. */
  storedText: (name: string) => Promise<string | null>;
};

/** A row of `pg_stat_statements`; its numbers as JSON has them. */
export type CountedStatement = {
  queryId: string;
  /** The same to 53 bits, as plans tell it. */
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
  /** What EXPLAIN may take, and what a statement may that is run to be measured. */
  explainTimeoutMs: number;
  analyzeTimeoutMs: number;
  lockTimeoutMs: number;
  /** How long a plan is good enough for the next one who asks. */
  keepMs: number;
};

export const usualLimits: PlanLimits = {
  explainTimeoutMs: 2_000,
  analyzeTimeoutMs: 8_000,
  lockTimeoutMs: 500,
  keepMs: 30_000,
};
