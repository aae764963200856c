import { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { channels } from "@weir/core/channels";
import {
  type City,
  cityOf,
  type Engine,
  type FastRival,
  type Load,
  type Reader,
  type ReaderSettings,
  tagsOf,
} from "./reader";
import { openWeir } from "./weir";

/** More entries than any variant stores. */
const mostEntries = 100_000;

function present(city: City | null | undefined): City {
  if (city === null || city === undefined) throw new Error("A key that was stored is gone.");
  return city;
}

function openMemory(engine: Engine, keys: readonly string[]): Reader {
  const cache = new LRUCache<string, City>({ max: mostEntries });
  // As if the entries of many groups shared one memory.
  const prefix = engine === "lru-cache prefixed" ? "speed.city:v1:" : "";
  for (const key of keys) cache.set(prefix + key, cityOf(key));
  const close = (): Promise<void> => Promise.resolve();
  if (prefix !== "") return { read: (index) => present(cache.get(prefix + keys[index])), close };
  const read = (index: number): City => present(cache.get(keys[index] ?? ""));
  return { read: engine === "lru-cache awaited" ? async (index) => read(index) : read, close };
}

async function openPlainRedis(settings: ReaderSettings, keys: readonly string[]): Promise<Reader> {
  const { redisUrl, keyPrefix, engine } = settings;
  const redis = new Redis(redisUrl, { enableAutoPipelining: engine === "ioredis pipelining" });
  await redis.mset(keys.flatMap((key) => [keyPrefix + key, JSON.stringify(cityOf(key))]));
  return {
    read: async (index) => {
      const text = await redis.get(keyPrefix + keys[index]);
      // The bench itself stored it.
      return JSON.parse(text ?? "null") as City;
    },
    close: () => redis.quit(),
  };
}

async function openRival(settings: ReaderSettings, keys: readonly string[], load: Load): Promise<Reader> {
  const { adapter, redisUrl, keyPrefix, tier, isTagged, serializesMemory } = settings;
  // bentocache with `serialize: false` cannot read what another process has stored: this one fills its own.
  const prefix = `${keyPrefix}${process.pid}:`;
  // Each adapter exports this.
  const { open } = (await import(adapter ?? "")) as FastRival;
  const rival = await open({ redisUrl, prefix, tier, tagsOf: isTagged ? tagsOf : null, serializesMemory, load });
  return { read: (index) => rival.get(keys[index] ?? ""), close: rival.close };
}

async function openWeirAs(settings: ReaderSettings, keys: readonly string[], load: Load): Promise<Reader> {
  const { cache, group } = await openWeir(settings, load);
  const { close } = cache;
  if (settings.engine === "weir live") {
    await group.getMany(keys);
    const entries = keys.map((key) => group.live(key));
    return {
      read: (index) => {
        const entry = entries[index];
        if (entry?.answers() !== true) throw new Error("An L1 entry is no longer live.");
        return entry.value;
      },
      close,
    };
  }
  for (let from = 0; from < keys.length; from += 250) await group.getMany(keys.slice(from, from + 250));
  const counts = new Map<string, number>();
  if (settings.engine === "weir observed") {
    channels.cache.subscribe((message) => {
      if (message.type === "read") counts.set(message.outcome, (counts.get(message.outcome) ?? 0) + 1);
    });
  }
  // `load` knows every key.
  return { read: (index) => group.get(keys[index] ?? "") as Promise<City>, close };
}

/** Opens the cache of these settings, with every key stored in the measured tier. */
export async function openReader(settings: ReaderSettings, keys: readonly string[], load: Load): Promise<Reader> {
  const { engine } = settings;
  if (engine === "lru-cache" || engine === "lru-cache awaited" || engine === "lru-cache prefixed") {
    return openMemory(engine, keys);
  }
  if (engine === "ioredis" || engine === "ioredis pipelining") return openPlainRedis(settings, keys);
  return engine === "rival" ? openRival(settings, keys, load) : openWeirAs(settings, keys, load);
}
