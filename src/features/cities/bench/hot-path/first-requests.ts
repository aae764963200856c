import type { ServerProcess } from "../../../../../bench/process/server-process";
import type { Cell } from "./cells";
import { fetchRaw } from "./fetch-raw";
import type { ServerName } from "./servers";

const lanes = 4;
/** Enough for a server to have loaded and opened what it needs. */
const enough = 40;

/**
 * A few requests at a time before there is load: for everything that a cell expects to find in a cache, else enough that
 * no cold server is met by all connections at once.
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
