import type { LiveEvent } from "@/server/live/contract";
import type {
  City,
  CityChange,
  CityChangesEvent,
  CityChangesInput,
  CityByIdsResult,
  CityListInput,
  CityListResult,
  CityNearbyInput,
  CityNearbyResult,
  CitySearchInput,
  CitySearchResult,
  CityUpdateInput,
} from "./contract";
import { CursorError, decodeCursor, encodeCursor } from "@weir/core/keyset-cursor";
import type { Actor, FeatureTools } from "@/server/rpc/feature-server";
import type { Cache } from "@weir/cache";
import { createChangeLog } from "@/server/live/change-log";
import { createEntityFeed } from "@/server/live/entity-feed";
import type { Db, Tx } from "@weir/postgres";
import {
  cityOfTag,
  cityTags,
  importedTag,
  listKey,
  type ListKey,
  listTag,
  nearbyKey,
  normalizeQuery,
  type SearchKey,
  searchKey,
} from "./keys";
import { createCityQueries } from "./queries";
import { CityError } from "./errors";

export type CityService = ReturnType<typeof createCityService>;

const largestInt4 = 2_147_483_647;
const lifetimes = { freshFor: "5m", staleFor: "1h", negativeFor: "30s" } as const;

const listName = ({ country, order }: Pick<ListKey, "country" | "order">): string => `${country ?? "*"}/${order}`;

/** The page, and the cursor of the next one if there is one. */
function toPage(key: ListKey, rows: readonly City[]): CityListResult {
  const items = rows.slice(0, key.limit);
  const last = items.at(-1);
  if (rows.length <= key.limit || last === undefined) return { items, nextCursor: null };
  const value = key.order === "name" ? last.name : last.population;
  return { items, nextCursor: encodeCursor({ list: listName(key), value, id: last.id }) };
}

/** @throws WeirError CURSOR_INVALID */
function readCursor({ cursor: text, country, order }: CityListInput): ListKey["after"] {
  if (text === null || text === undefined) return null;
  const cursor = decodeCursor(text, listName({ country, order }));
  if (cursor === null || Math.abs(cursor.id) > largestInt4) throw new CursorError("CURSOR_INVALID");
  const { value, id } = cursor;
  const fits = order === "name" ? typeof value === "string" : typeof value === "number";
  if (!fits || (typeof value === "number" && Math.abs(value) > largestInt4)) throw new CursorError("CURSOR_INVALID");
  return { value, id };
}

const toListKey = (input: CityListInput): ListKey => ({
  country: input.country,
  order: input.order,
  limit: input.limit,
  after: readCursor(input),
});

const toSearchKey = (input: CitySearchInput): SearchKey => ({ ...input, q: normalizeQuery(input.q) });

const nothing = { items: [] };

/** Cached reads of cities, and one write. */
export function createCityService({
  db,
  cache: shared,
  audit,
}: {
  db: Db;
  cache: Cache<Db, Tx>;
  audit: FeatureTools["audit"];
}) {
  const queries = createCityQueries(db);
  const cache = shared.withTags(cityTags);
  const { tag } = cityTags;

  const byId = cache.define<number, City>({
    name: "city.byId",
    version: 1,
    key: String,
    tags: (id) => [tag.city(id), importedTag],
    ...lifetimes,
    load: (id) => queries.byId(id),
    loadMany: async (ids) => new Map((await queries.byIds([...ids])).map((city) => [city.id, city])),
  });

  const search = cache.define<SearchKey, CitySearchResult>({
    name: "city.search",
    version: 2,
    key: searchKey,
    tags: ({ country }) => [listTag(country), importedTag],
    ...lifetimes,
    load: async (key) => ({ items: await queries.search(key) }),
  });

  const nearby = cache.define<CityNearbyInput, CityNearbyResult>({
    name: "city.nearby",
    version: 1,
    key: nearbyKey,
    tags: (_key, found) => [importedTag, ...(found?.items ?? []).map(({ id }) => tag.city(id))],
    ...lifetimes,
    load: async (key) => ({ items: await queries.nearby(key) }),
  });

  const list = cache.define<ListKey, CityListResult>({
    name: "city.list",
    version: 1,
    key: listKey,
    tags: ({ country }) => [listTag(country), importedTag],
    ...lifetimes,
    // One row more than the page: if present, there is a next page.
    load: async (key) => toPage(key, await queries.list({ ...key, limit: key.limit + 1 })),
  });

  const feed = createEntityFeed<number, City>({
    log: createChangeLog(shared),
    idOfTag: cityOfTag,
    broadTags: new Set([importedTag, `group:${byId.name}`]),
    read: (ids) => byId.getMany(ids),
  });

  /** Streams the cities changed by any write in the fleet, from now on or after an earlier event. */
  async function* changes(
    { ids, country, lastEventId }: CityChangesInput,
    signal: AbortSignal,
  ): AsyncGenerator<LiveEvent<CityChangesEvent>> {
    const isWanted = (city: City): boolean => country === undefined || city.countryCode === country;
    for await (const { id, event } of feed({ ids, matches: isWanted, lastEventId }, signal)) {
      const named = event.changes.map((change): CityChange =>
        change.kind === "present" ? { kind: "present", id: change.id, city: change.value } : change,
      );
      yield { id, event: { type: event.type, changes: named } };
    }
  }

  return {
    changes,

    byId: async (id: number): Promise<City> => {
      const city = await byId.get(id);
      if (city === null) throw new CityError("CITY_NOT_FOUND");
      return city;
    },

    byIds: async (ids: readonly number[]): Promise<CityByIdsResult> => {
      const found = await byId.getMany(ids);
      return { items: ids.flatMap((id) => found.get(id) ?? []) };
    },

    search: async (input: CitySearchInput): Promise<CitySearchResult> => {
      const key = toSearchKey(input);
      return key.q === "" ? nothing : ((await search.get(key)) ?? nothing);
    },

    nearby: async (input: CityNearbyInput): Promise<CityNearbyResult> => (await nearby.get(input)) ?? nothing,

    list: async (input: CityListInput): Promise<CityListResult> =>
      (await list.get(toListKey(input))) ?? { items: [], nextCursor: null },

    /** The cache entries that these reads return unchanged; null where they need none. */
    entries: {
      byId: byId.entry,
      search: (input: CitySearchInput) => {
        const key = toSearchKey(input);
        return key.q === "" ? null : search.entry(key);
      },
      nearby: nearby.entry,
      list: (input: CityListInput) => list.entry(toListKey(input)),
    },

    /** Resolves when reads on this node can no longer return the old values (rule C1). */
    update: (input: CityUpdateInput, actor: Actor): Promise<City> =>
      cache.mutate(db, async (tx, touched) => {
        const outcome = await queries.update(tx, input);
        if (outcome.status === "absent") throw new CityError("CITY_NOT_FOUND");
        if (outcome.status === "conflict") throw new CityError("CITY_VERSION_CONFLICT");
        const { before, city } = outcome;
        await audit.record(tx, {
          action: "city.update",
          actor,
          subject: tag.city(input.id),
          before: { name: before.name, population: before.population, version: before.version },
          after: { name: city.name, population: city.population, version: city.version },
        });
        touched.row(before, city);
        return city;
      }),
  };
}
