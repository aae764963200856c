import { startTemporaryServices, type TemporaryServices } from "@weir/embedded";
import { createDatabase } from "@weir/postgres";
import { importCities } from "../import";
import { server } from "../server";
import { env } from "@/env.js";
import { migrateAll } from "@/server/migrations";

/** Postgres with all cities and two Redis servers, in a temporary folder. */
export async function startCityServices(log: (text: string) => void): Promise<TemporaryServices> {
  const services = await startTemporaryServices({ install: env.WEIR_INSTALL });
  try {
    log("Importing the cities …");
    await migrateAll(services.databaseUrl, { cities: server });
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
