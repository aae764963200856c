import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  examineServer,
  explainRefusal,
  inspectMigrations,
  migrateDatabase,
  type MigrationState,
  type PoolerChoice,
  type ServerReport,
} from "@weir/postgres";
import { WeirError } from "@weir/core/errors";
import { DatabaseError } from "@weir/postgres/errors";
import type { FeatureServers } from "./rpc/feature-server";

/** A folder of migrations, the table that records them, and its name for people: `platform`, or that of its feature. */
type MigrationSource = { owner: string; folder: string; journal: string };

/** The features as tests have them: with copies of the tables that belong to other programs. */
export const withCopies = (features: FeatureServers): FeatureServers =>
  Object.fromEntries(
    Object.entries(features).map(([name, feature]) => [
      name,
      feature.copies === undefined ? feature : { ...feature, migrations: feature.copies },
    ]),
  );

export type OwnedState = MigrationState & { owner: string };

function sourcesOf(features: FeatureServers): MigrationSource[] {
  const ofFeatures = Object.entries(features).flatMap(([owner, { migrations: folder }]) =>
    folder === undefined ? [] : [{ owner, folder, journal: `weir.migrations_${owner}` }],
  );
  return [{ owner: "platform", folder: "drizzle", journal: "weir.migrations" }, ...ofFeatures];
}

/**
 * Brings the tables of the platform and then those of every feature up to date, in the order of the list. Each has a folder
 * of migrations and a journal of its own, so adding or removing a feature does not touch the others. Resolves with what
 * was found before.
 */
export async function migrateAll(databaseUrl: string, features: FeatureServers): Promise<OwnedState[]> {
  const states: OwnedState[] = [];
  for (const { owner, ...source } of sourcesOf(features)) {
    states.push({ owner, ...(await migrateDatabase(databaseUrl, source)) });
  }
  return states;
}

/** What `migrateAll` would find. Changes nothing. */
export async function inspectAll(databaseUrl: string, features: FeatureServers): Promise<OwnedState[]> {
  const states: OwnedState[] = [];
  for (const { owner, ...source } of sourcesOf(features)) {
    states.push({ owner, ...(await inspectMigrations(databaseUrl, source)) });
  }
  return states;
}

/** Migrates, checks or does neither (`MIGRATE`). Rejects with MIGRATION_PENDING where a check finds something to do. */
export async function prepareTables(
  databaseUrl: string,
  features: FeatureServers,
  mode: "auto" | "check" | "off",
): Promise<OwnedState[]> {
  if (mode === "off") return [];
  if (mode === "auto") return migrateAll(databaseUrl, features);
  const states = await inspectAll(databaseUrl, features);
  const name = (of: "changed" | "pending") =>
    states.flatMap((state) => state[of].map((one) => `${state.owner}/${one}`));
  const [changed, pending] = [name("changed"), name("pending")];
  if (changed.length > 0) throw new DatabaseError("MIGRATION_CHANGED", { detail: `Changed: ${changed.join(", ")}.` });
  if (pending.length > 0) throw new DatabaseError("MIGRATION_PENDING", { detail: `Missing: ${pending.join(", ")}.` });
  return states;
}

/** The schemas and extensions that these migrations create. */
async function needsOf(features: FeatureServers, states: readonly OwnedState[]) {
  const schemas = new Set(["weir"]);
  const extensions = new Set<string>();
  for (const { owner, folder } of sourcesOf(features)) {
    for (const name of states.find((state) => state.owner === owner)?.pending ?? []) {
      const text = await readFile(join(folder, `${name}.sql`), "utf8");
      const created = text.matchAll(/^create\s+(schema|extension)\s+(?:if\s+not\s+exists\s+)?"?([\w$]+)"?/gim);
      for (const [, kind, made = ""] of created) (kind?.toLowerCase() === "schema" ? schemas : extensions).add(made);
    }
  }
  return { schemas: [...schemas], extensions: [...extensions] };
}

/**
 * Checks the database before anything is changed: returns every problem that would stop the start, and
 * remarks. Rights to create are needed only where `mode` is `auto` and something is missing. Rejects as
 * `examineServer` does.
 */
export async function examineDatabase(
  databaseUrl: string,
  features: FeatureServers,
  { mode, poolMax, pooler = "auto" }: { mode: "auto" | "check" | "off"; poolMax: number; pooler?: PoolerChoice },
): Promise<ServerReport> {
  // The pool, the connection that watches the server, and the one that hears of commits.
  const connections = poolMax + 2;
  const report = await examineServer(databaseUrl, { connections, pooler, schemas: [], extensions: [] });
  if (mode !== "auto") return report;
  try {
    const states = await inspectAll(databaseUrl, features);
    if (states.every(({ pending }) => pending.length === 0)) return report;
    return await examineServer(databaseUrl, { connections, pooler, ...(await needsOf(features, states)) });
  } catch (error) {
    // The explained error is clearer.
    if (report.problems.length > 0) return report;
    const refusal = explainRefusal(error instanceof WeirError ? error.cause : error, databaseUrl);
    if (refusal === null) throw error;
    return { ...report, problems: [refusal.line] };
  }
}
