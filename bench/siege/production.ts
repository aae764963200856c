import { join } from "node:path";
import type { TemporaryServices } from "@weir/embedded";
import { environmentOf, readProcedures } from "./services";
import { openTarget, type Target } from "./target";

/** Starts the production build, which must be current, with its pages and all features, on these services. */
export async function openProductionTarget(services: TemporaryServices): Promise<Target> {
  const { folder } = services;
  return openTarget({
    program: ["--enable-source-maps", "dist/main.js"],
    env: { ...environmentOf(services), DATA_DIR: join(folder, "besieged"), SEED: "on" },
    hasPages: true,
    procedures: await readProcedures(services),
    folder,
  });
}
