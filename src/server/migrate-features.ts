import { migrateDatabase } from "@weir/postgres";
import type { FeatureServers } from "./rpc/feature-server";

/**
 * Brings the tables of every feature up to date, in the order of the list. Each feature has a folder of migrations and
 * its own journal, so adding or removing a feature does not touch the platform's.
 */
export async function migrateFeatures(databaseUrl: string, features: FeatureServers): Promise<void> {
  for (const [name, { migrations }] of Object.entries(features)) {
    if (migrations === undefined) continue;
    await migrateDatabase(databaseUrl, { folder: migrations, table: `__drizzle_migrations_${name}` });
  }
}
