import type { ServerProcess } from "../../../../../bench/process/server-process";
import type { Cell } from "./cells";
import { fetchRaw } from "./fetch-raw";
import type { ServerName } from "./servers";

const lanes = 4;
/** Enough for a server to load and open what it needs. */
const enough = 40;

/**
 * Sends a few requests at a time before the load: everything that a cell expects in a cache, or else enough that no
 * cold server gets all connections at once.
 */
export async function sendFirstRequests(
  cells: readonly Cell[],
  servers: ReadonlyMap<ServerName, ServerProcess>,
): Promise<void> {
  for (const { server, tier, urls } of cells) {
    const origin = servers.get(server)?.origin ?? "";
    const isCached = tier === "l1" || tier === "l2";
    const count = isCached ? Math.max(urls.length, enough) : enough;
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) {
        const url = urls[next % urls.length] ?? "/";
        next += 1;
        await fetchRaw(origin + url);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }
}
