/** Which cache answers. */
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

/** One way to read: what a process is told to set up. */
export type ReaderSettings = {
  engine: Engine;
  /** Which tier holds the keys; the other one is left out. */
  tier: "l1" | "l2";
  /** The module that wraps a rival. */
  adapter: string | null;
  redisUrl: string;
  keyPrefix: string;
  keys: number;
  /** Whether a rival's entries have tags; Weir's always have. */
  isTagged: boolean;
  /** Whether bentocache keeps text in memory, as it comes, or the values themselves. */
  serializesMemory: boolean;
  /** Readers at the same time. */
  concurrency: number;
  /** How many tags each of 200 entries of another group has; all are invalidated once. 0: there is no other group. */
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

/** What stands under a key. */
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

/** Reads the city with this place in the order of the keys. */
export type ReadOne = (index: number) => City | Promise<City>;

export type Reader = {
  read: ReadOne;
  close: () => Promise<unknown>;
};

export type Load = (key: string) => Promise<City>;

/** What bench/peers/caches/speed exports. */
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
