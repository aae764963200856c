import { createDatabase } from "@weir/postgres";
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
        } finally {
          await database.close();
        }
      },
    },
  });
}
