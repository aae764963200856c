import { createDatabase } from "@weir/postgres";
import { platformOutbox } from "@weir/postgres/schema";
import { createTestDatabase, type TestDatabase } from "@weir/testkit/testing";
import { migrateAll } from "@/server/migrations";
import { importCities } from "./import";
import { server } from "./server";

/** Creates a migrated database with all cities, as a copy of a template that is imported once per test run. */
export function createCityDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    template: {
      name: "weir_with_cities",
      fill: async (url) => {
        await migrateAll(url, { cities: server });
        const database = createDatabase({ url });
        try {
          await importCities(database);
          // No node has cached anything of it yet. The first node of each copy would invalidate at some moment of its test.
          await database.db.delete(platformOutbox);
        } finally {
          await database.close();
        }
      },
    },
  });
}
