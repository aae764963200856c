import { startTemporaryServices, type TemporaryServices } from "@weir/embedded";
import { createDatabase, migrateDatabase } from "@weir/postgres";
import { importCities } from "../import";

/** Postgres with all cities and two Redis servers, in a temporary folder. */
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
