import { startTemporaryServices, type TemporaryServices } from "@/dev/temporary-services";
import { createDatabase, migrateDatabase } from "@/server/db";
import { importCities } from "@/server/features/cities/import";

/** Postgres with all cities and two Redis servers, on a folder of their own that goes with them. */
export async function startCityServices(log: (text: string) => void): Promise<TemporaryServices> {
  const services = await startTemporaryServices();
  try {
    log("Importing the cities …");
    await migrateDatabase(services.databaseUrl);
    const database = createDatabase({ url: services.databaseUrl });
    try {
      await importCities(database);
    } finally {
      await database.close();
    }
    return services;
  } catch (error) {
    await services.close();
    throw error;
  }
}
