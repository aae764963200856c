import { readFileSync } from "node:fs";

/**
 * The settings of a rival, in a JSON file: `databaseUrl`, `redisUrl`, `redisKeyPrefix`, `poolMax`, `statements` (`{
 * text, parameters }` of byId, search and list), `cities` (those of the memory path) and `constant`.
 */
export function readSettings(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Splits the rows of a list as Weir does: one row more than the page means that there is a next one. */
export function toPage(rows, limit) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  const nextCursor = hasMore ? Buffer.from(`${last.population}/${last.id}`).toString("base64url") : null;
  return { items, nextCursor };
}
