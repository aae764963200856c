import { searchLimit, searchText } from "../hot-path/statements";
import type { Variant } from "./variants";

export type Row = {
  name: string;
  /** Requested in turn. */
  urls: readonly string[];
  connections: number;
  /** The tier that responses must come from, by Server-Timing; "none" is Postgres. */
  tier: "l1" | "l2" | "none";
  /** The maximum that recording may add to the CPU time of a request, in percent; null if only reported. */
  most: number | null;
};

/** Rows measured on the same servers. */
export type Stint = {
  name: string;
  /** Techniques disabled on all its servers, so that reads reach the intended tier. */
  without: readonly string[];
  rows: readonly Row[];
  variants: readonly Variant[];
  /** How often all servers are restarted, and the number of rounds each time. */
  generations: number;
  rounds: number;
};

const call = (procedure: string, input: unknown): string =>
  `/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;

/** Countries of all sizes: their statistics take Postgres one to twenty milliseconds. */
const countryCodes = ["PT", "CL", "NG", "FI", "PE", "KE", "BE", "MA"];

/** All measurements; with `quick`, only those with a target. */
export function listStints(ids: readonly number[], quick: boolean): Stint[] {
  const byId = ids.map((id) => call("city.byId", { id }));
  const cacheOff = ["l1", "l2", "single-flight"];
  const connections = 64;
  const row = (name: string, urls: readonly string[], tier: Row["tier"], most: number | null): Row => ({
    name,
    urls,
    connections,
    tier,
    most,
  });
  const memory: Stint = {
    name: "memory",
    without: [],
    rows: [row("L1 hit", byId.slice(0, 1), "l1", 5)],
    variants: ["recording", "no traces", "off", "off again"],
    generations: 4,
    rounds: 6,
  };
  const postgres: Stint = {
    name: "postgres",
    without: cacheOff,
    rows: [
      row("Postgres by key", byId, "none", 3),
      row("search", [call("city.search", { q: searchText, limit: searchLimit })], "none", null),
      {
        ...row(
          "country.stats",
          countryCodes.map((code) => call("country.stats", { code })),
          "none",
          null,
        ),
        // More would only wait for the pool.
        connections: 16,
      },
    ],
    variants: ["recording", "no traces", "off"],
    generations: 3,
    rounds: 6,
  };
  const redis: Stint = {
    name: "redis",
    without: ["l1"],
    rows: [row("Redis hit", byId, "l2", null)],
    variants: ["recording", "no traces", "off"],
    generations: 2,
    rounds: 6,
  };
  if (!quick) return [memory, postgres, redis];
  return [memory, postgres].map((stint) => ({
    ...stint,
    rows: stint.rows.filter(({ most }) => most !== null),
    variants: ["recording", "off"],
    generations: 1,
    rounds: 8,
  }));
}
