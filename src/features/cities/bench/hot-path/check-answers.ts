import { isDeepStrictEqual } from "node:util";
import { parseServerTiming } from "@weir/core/server-timing";
import type { ServerProcess } from "../../../../../bench/process/server-process";
import type { Cell } from "./cells";
import { fetchRaw, headerOf, type RawAnswer } from "./fetch-raw";
import type { ServerName } from "./servers";

const mostUrls = 20;

/** The tier that Weir's response was read from, by its Server-Timing; "none" for Postgres. */
export function tierOf(answer: RawAnswer): string {
  const reads = parseServerTiming(headerOf(answer, "server-timing")).filter(({ name }) => name === "cache");
  const ends = new Set(reads.map(({ description }) => description?.split(" ").at(-1)));
  return [...ends].filter((end) => end === "l1" || end === "l2").join() || "none";
}

/**
 * Sends the same requests to all cells of a path and throws unless their results agree and Weir read from the cell's
 * tier. Call it after a warm-up, when the caches are filled.
 */
export async function checkAnswers(
  cells: readonly Cell[],
  servers: ReadonlyMap<ServerName, ServerProcess>,
): Promise<void> {
  const known = new Map<string, { by: ServerName; answer: unknown }>();
  for (const cell of cells) {
    const origin = servers.get(cell.server)?.origin ?? "";
    for (const [index, url] of cell.urls.slice(0, mostUrls).entries()) {
      const raw = await fetchRaw(origin + url);
      const where = `${cell.server}, ${cell.path}, ${url}`;
      if (raw.status !== 200) throw new Error(`${where}: status ${raw.status}: ${raw.body}`);
      if (cell.tier !== null && tierOf(raw) !== cell.tier) {
        const timing = headerOf(raw, "server-timing");
        throw new Error(`${where} was not read from "${cell.tier}"; its Server-Timing is ${timing}.`);
      }
      const answer = cell.answer(raw.body);
      const question = `${cell.path} ${index}`;
      const first = known.get(question);
      if (first === undefined) known.set(question, { by: cell.server, answer });
      else if (!isDeepStrictEqual(first.answer, answer)) {
        throw new Error(`${where} returned ${JSON.stringify(answer)}, but ${first.by} ${JSON.stringify(first.answer)}`);
      }
    }
  }
}
