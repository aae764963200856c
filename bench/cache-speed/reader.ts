/** The cache to read from. */
export type Engine =
  | "lru-cache"
  | "lru-cache awaited"
  | "lru-cache prefixed"
  | "ioredis"
  | "ioredis pipelining"
  | "weir"
  | "weir observed"
  | "weir live"
  | "rival";

/** One variant: what a process sets up. */
export type ReaderSettings = {
  engine: Engine;
  /** The tier that holds the keys; the other one is disabled. */
  tier: "l1" | "l2";
  /** The module that wraps a rival. */
  adapter: string | null;
  redisUrl: string;
  keyPrefix: string;
  keys: number;
  /** Whether a rival's entries have tags; Weir's always have. */
  isTagged: boolean;
  /** Whether bentocache keeps text in memory, its default, or the values themselves. */
  serializesMemory: boolean;
  /** Concurrent readers. */
  concurrency: number;
  /** Number of tags on each of 200 entries of another group, all invalidated once. 0: no other group. */
  tagsElsewhere: number;
};

export type City = {
  id: number;
  name: string;
  countryCode: string;
  regionCode: string;
  population: number;
  lat: number;
  lon: number;
  version: number;
};

/** The value of a key. */
export const cityOf = (key: string): City => {
  const id = Number(key);
  const [lat, lon] = [(id % 180) - 90 + 0.25, (id % 360) - 180 + 0.5];
  return {
    id,
    name: `City of ${key}`,
    countryCode: "JP",
    regionCode: "13",
    population: 1_000 + id,
    lat,
    lon,
    version: 1,
  };
};

/** The three tags of an entry. */
export const tagsOf = (key: string): string[] => [`city:${key}`, "country:JP", `half:${Number(key) % 2}`];

/** Reads the city at this position in the key order. */
export type ReadOne = (index: number) => City | Promise<City>;

export type Reader = {
  read: ReadOne;
  close: () => Promise<unknown>;
};

export type Load = (key: string) => Promise<City>;

/** The exports of bench/peers/caches/speed. */
export type FastRival = {
  open: (options: {
    redisUrl: string;
    prefix: string;
    tier: "l1" | "l2";
    /** null: entries have no tags. */
    tagsOf: ((key: string) => string[]) | null;
    serializesMemory: boolean;
    load: Load;
  }) => Promise<{ get: (key: string) => Promise<City>; close: () => Promise<unknown> }>;
};
