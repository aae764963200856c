import { startTestAppWith, type TestApp, type TestAppOptions } from "@/dev/test-app";
import { createCityDatabase } from "./test-cities";
import { server } from "./server";

/** The server with the cities as its only feature and all cities in the database. */
export function startCityApp(options: TestAppOptions = {}): Promise<TestApp<{ cities: typeof server }>> {
  return startTestAppWith({ features: { cities: server }, openDatabase: createCityDatabase }, options);
}
