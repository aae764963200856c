import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaveLastWill } from "./last-will";
import { startServices } from "./services";

export type TemporaryServices = {
  /** A folder of its own, also for what else the run has to put away. It goes with the services. */
  folder: string;
  databaseUrl: string;
  redisUrl: string;
  queueRedisUrl: string;
  close: () => Promise<void>;
};

/**
 * All three services on a new temporary folder, tuned for speed. `close` stops them and removes the folder; the same
 * happens when this process dies before it could.
 */
export async function startTemporaryServices(): Promise<TemporaryServices> {
  const folder = mkdtempSync(join(tmpdir(), "weir-"));
  // Postgres may run as another user, who has to pass through.
  chmodSync(folder, 0o755);
  const will = leaveLastWill(folder);
  const remove = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await will.revoke();
  };
  try {
    const services = await startServices({
      dataDir: join(folder, "data"),
      need: { postgres: true, cache: true, queue: true },
      log: (line) => console.log(line),
      durable: false,
    });
    const { databaseUrl, redisUrl, queueRedisUrl } = services;
    const close = async (): Promise<void> => {
      await services.close();
      await remove();
    };
    if (databaseUrl !== null && redisUrl !== null && queueRedisUrl !== null) {
      return { folder, databaseUrl, redisUrl, queueRedisUrl, close };
    }
    await close();
    throw new Error("A service that was asked for has no address.");
  } catch (error) {
    await remove();
    throw error;
  }
}
