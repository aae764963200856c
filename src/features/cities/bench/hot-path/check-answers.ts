import { isDeepStrictEqual } from "node:util";
import { parseServerTiming } from "@weir/core/server-timing";
import type { ServerProcess } from "../../../../../bench/process/server-process";
import type { Cell } from "./cells";
import { fetchRaw, headerOf, type RawAnswer } from "./fetch-raw";
import type { ServerName } from "./servers";

const mostUrls = 20;

/** Where the reads of an answer of Weir ended, as its Server-Timing says; "none" for Postgres. */
export function tierOf(answer: RawAnswer): string {
  const reads = parseServerTiming(headerOf(answer, "server-timing")).filter(({ name }) => name === "cache");
  const ends = new Set(reads.map(({ description }) => description?.split(" ").at(-1)));
  return [...ends].filter((end) => end === "l1" || end === "l2").join() || "none";
}

/**
 * Asks all cells of a path the same questions and throws unless they agree, and unless Weir read where the cell says it
 * does. To be called after a warm-up, when the caches are filled.
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
        throw new Error(`${where} answers ${JSON.stringify(answer)}, but ${first.by} ${JSON.stringify(first.answer)}`);
      }
    }
  }
}
