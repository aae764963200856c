import { migrateDatabase } from "@weir/postgres";
import type { FeatureServers } from "./rpc/feature-server";

/**
 * Brings the tables of every feature up to date, in the order of the list. Each feature has a folder of migrations and a
 * journal of its own, so that features come and go without touching the platform's.
 */
export async function migrateFeatures(databaseUrl: string, features: FeatureServers): Promise<void> {
  for (const [name, { migrations }] of Object.entries(features)) {
    if (migrations === undefined) continue;
    await migrateDatabase(databaseUrl, { folder: migrations, table: `__drizzle_migrations_${name}` });
  }
}
