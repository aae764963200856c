import type { City } from "../../contract";
import { encodeCursor } from "@weir/core/keyset-cursor";
import type { Random } from "../../../../../bench/fuzz/random";

/** Paths that are requested repeatedly: finite, so that the server has cached all of them after one round. */
export type WorkingSet = {
  byId: readonly string[];
  search: readonly string[];
  nearby: readonly string[];
  list: readonly string[];
  countries: readonly string[];
  /** A path of `byId`, weighted by population. */
  popular: (random: Random) => string;
};

export const call = (procedure: string, input: unknown): string =>
  `/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;

const pagesPerList = 5;

/** The first pages of a list, each starting at a real cursor. */
function pagesOf(country: string | undefined, cities: readonly City[]): string[] {
  const list = `${country ?? "*"}/population`;
  const later = cities.slice(0, pagesPerList - 1).map(({ population, id }) => {
    const cursor = encodeCursor({ list, value: population, id });
    return call("city.list", { country, cursor, limit: 50 });
  });
  return [call("city.list", { country, limit: 50 }), ...later];
}

/** Chooses an item in proportion to its weight. Weights are at least zero, and at least one is above zero. */
export function weighted<Item>(items: readonly Item[], weightOf: (item: Item) => number): (random: Random) => Item {
  let total = 0;
  const edges = items.map((item) => (total += weightOf(item)));
  const last = items.at(-1);
  if (last === undefined || total <= 0) throw new Error("There is nothing to choose from.");
  return (random) => {
    const at = random.next() * total;
    let low = 0;
    let high = edges.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((edges[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return items[low] ?? last;
  };
}

/** All requests about these cities: themselves, prefixes of their names, their neighbors, their countries. */
export function buildWorkingSet(cities: readonly City[]): WorkingSet {
  const some = cities.slice(0, 300);
  const prefixes = new Set(some.flatMap(({ name }) => [2, 4, 6].map((length) => name.slice(0, length).trim())));
  const countries = [...new Set(cities.map(({ countryCode }) => countryCode))].slice(0, 40);
  const inCountry = (code: string): City[] => cities.filter(({ countryCode }) => countryCode === code);
  const choose = weighted(cities, ({ population }) => population + 1);
  return {
    byId: cities.map(({ id }) => call("city.byId", { id })),
    search: [...prefixes].map((q) => call("city.search", { q, limit: 10 })),
    nearby: some.map(({ lat, lon }) => call("city.nearby", { lat, lon, limit: 10 })),
    list: [...pagesOf(undefined, cities), ...countries.flatMap((code) => pagesOf(code, inCountry(code)))],
    countries: ["/api/trpc/country.list", ...countries.map((code) => call("country.stats", { code }))],
    popular: (random) => call("city.byId", { id: choose(random).id }),
  };
}
