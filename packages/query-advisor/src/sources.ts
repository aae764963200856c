import type { Catalog } from "./plan/catalog";
import type { Database, Explain } from "@weir/postgres";

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
