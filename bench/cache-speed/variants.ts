import type { Engine, ReaderSettings } from "./reader";

export type VariantName =
  | "lru-cache"
  | "lru-cache, awaited"
  | "lru-cache, key made for each read"
  | "lru-cache, 50 000 keys made for each read"
  | "Weir"
  | "Weir, observed"
  | "Weir, live entry"
  | "bentocache"
  | "bentocache, values kept as they are"
  | "bentocache, so and without tags"
  | "cacheable"
  | "cacheable, 3 tags"
  | "ioredis + JSON.parse"
  | "the same, auto pipelining"
  | "Weir from Redis"
  | "bentocache from Redis"
  | "bentocache from Redis, 3 tags"
  | "cacheable from Redis"
  | "lru-cache, 100 keys"
  | "lru-cache, 50 000 keys"
  | "Weir, 100 keys, 3 tags elsewhere"
  | "Weir, 100 keys, 50 tags elsewhere"
  | "Weir, 50 000 keys, 3 tags elsewhere";

export type Path = "L1 hit" | "L2 hit × 64" | "L1 hit, larger";

export type Variant = {
  path: Path;
  name: VariantName;
  settings: Omit<ReaderSettings, "redisUrl" | "keyPrefix">;
  /** False: measured in a full run only. */
  decides: boolean;
};

type More = Partial<Variant["settings"]> & { decides?: boolean };

function variant(path: Path, name: VariantName, engine: Engine, { decides = true, ...more }: More = {}): Variant {
  const tier = path === "L2 hit × 64" ? "l2" : "l1";
  const concurrency = tier === "l2" ? 64 : 1;
  const settings = {
    engine,
    tier,
    adapter: null,
    keys: 1_000,
    isTagged: true,
    serializesMemory: true,
    concurrency,
    tagsElsewhere: 0,
    ...more,
  };
  return { path, name, decides, settings: { ...settings, tier } };
}

/** All variants. `adapterOf` returns the path of a rival's wrapper. */
export function listVariants(adapterOf: (rival: "bentocache" | "cacheable") => string): Variant[] {
  const [bento, cacheable] = [{ adapter: adapterOf("bentocache") }, { adapter: adapterOf("cacheable") }];
  const [memory, shared, larger] = ["L1 hit", "L2 hit × 64", "L1 hit, larger"] as const;
  return [
    variant(memory, "lru-cache", "lru-cache"),
    variant(memory, "lru-cache, awaited", "lru-cache awaited", { decides: false }),
    variant(memory, "lru-cache, key made for each read", "lru-cache prefixed", { decides: false }),
    variant(memory, "Weir", "weir"),
    variant(memory, "Weir, observed", "weir observed", { decides: false }),
    variant(memory, "Weir, live entry", "weir live", { decides: false }),
    variant(memory, "bentocache", "rival", bento),
    variant(memory, "bentocache, values kept as they are", "rival", { ...bento, serializesMemory: false }),
    variant(memory, "bentocache, so and without tags", "rival", {
      ...bento,
      serializesMemory: false,
      isTagged: false,
      decides: false,
    }),
    variant(memory, "cacheable", "rival", { ...cacheable, isTagged: false }),
    variant(memory, "cacheable, 3 tags", "rival", { ...cacheable, decides: false }),

    variant(shared, "ioredis + JSON.parse", "ioredis"),
    variant(shared, "the same, auto pipelining", "ioredis pipelining", { decides: false }),
    variant(shared, "Weir from Redis", "weir"),
    variant(shared, "bentocache from Redis", "rival", { ...bento, isTagged: false }),
    variant(shared, "bentocache from Redis, 3 tags", "rival", { ...bento, decides: false }),
    variant(shared, "cacheable from Redis", "rival", { ...cacheable, isTagged: false }),

    variant(larger, "lru-cache, 100 keys", "lru-cache", { keys: 100 }),
    variant(larger, "lru-cache, 50 000 keys", "lru-cache", { keys: 50_000 }),
    variant(larger, "lru-cache, 50 000 keys made for each read", "lru-cache prefixed", {
      keys: 50_000,
      decides: false,
    }),
    variant(larger, "Weir, 100 keys, 3 tags elsewhere", "weir", { keys: 100, tagsElsewhere: 3 }),
    variant(larger, "Weir, 100 keys, 50 tags elsewhere", "weir", { keys: 100, tagsElsewhere: 50 }),
    variant(larger, "Weir, 50 000 keys, 3 tags elsewhere", "weir", { keys: 50_000, tagsElsewhere: 3 }),
  ];
}
