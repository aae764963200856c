import type { Redis } from "ioredis";
import { decodeHeader, type StoredEntry } from "../entry";
import type { InspectionRedis } from "./inspection-redis";

export type StoredHeader = Omit<StoredEntry, "body">;

const usualBytes = 4095;
const mostBytes = 1_048_575;

function headerIn(text: string): StoredHeader | null | undefined {
  const end = text.indexOf("\n");
  return end < 0 ? undefined : decodeHeader(text.slice(0, end));
}

/**
 * What the first lines of these entries say, without the values; null where there is no entry that can be read.
 * Single commands, which go out together and would find their nodes in a cluster.
 */
export async function readHeaders(redis: InspectionRedis, names: readonly string[]): Promise<(StoredHeader | null)[]> {
  const begin = (upTo: number, wanted: readonly string[]): Promise<string[]> =>
    redis.ask("GETRANGE", (client: Redis) => Promise.all(wanted.map((name) => client.getrange(name, 0, upTo))));
  const headers = (await begin(usualBytes, names)).map((text) => (text === "" ? null : headerIn(text)));
  const cut = names.filter((_name, index) => headers[index] === undefined);
  if (cut.length === 0) return headers.map((header) => header ?? null);
  const longer = (await begin(mostBytes, cut)).map(headerIn);
  return headers.map((header) => (header === undefined ? longer.shift() : header) ?? null);
}
