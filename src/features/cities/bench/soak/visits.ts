import type { Random } from "../../../../../bench/fuzz/random";
import { call, type WorkingSet } from "./working-set";

/** One request of a client. */
export type Visit = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  /** The expected statuses. */
  expected: readonly number[];
  /** When the client disconnects early: never, after its last byte, in the middle of its body, or a little later. */
  leaves: "never" | "at once" | "in the body" | "soon";
  /** Over its own connection, which ends with it. */
  alone: boolean;
};

const json = { "content-type": "application/json" };
const encodings = ["", "gzip", "br", "gzip, br"] as const;

/** Above all IDs that GeoNames has assigned so far. */
const unknownId = (random: Random): number => 1_500_000_000 + random.below(600_000_000);

function get(path: string, expected: readonly number[], headers: Record<string, string> = {}): Visit {
  return { method: "GET", path, headers, body: null, expected, leaves: "never", alone: false };
}

const post = (
  path: string,
  body: string,
  expected: readonly number[],
  headers: Record<string, string> = json,
): Visit => ({
  ...get(path, expected, headers),
  method: "POST",
  body,
});

function anyKnown(random: Random, set: WorkingSet): Visit {
  const one = random.next();
  const of = (paths: readonly string[]): string => paths[random.below(paths.length)] ?? "/healthz";
  const path =
    one < 0.4
      ? set.popular(random)
      : of(one < 0.6 ? set.search : one < 0.75 ? set.nearby : one < 0.9 ? set.list : set.countries);
  const encoding = random.pick(encodings);
  const headers: Record<string, string> = encoding === "" ? {} : { "accept-encoding": encoding };
  // No response has this ETag.
  if (random.chance(0.1)) headers["if-none-match"] = '"elsewhere"';
  return get(path, [200], headers);
}

const idOf = (path: string): string => /%22id%22%3A(\d+)/.exec(path)?.[1] ?? "1";

function anyBatch(random: Random, set: WorkingSet): Visit {
  const length = random.below(9) + 2;
  const hasUnknown = random.chance(0.2);
  const ids = Array.from({ length }, (_, index) =>
    hasUnknown && index === 0 ? unknownId(random) : Number(idOf(set.popular(random))),
  );
  const input = Object.fromEntries(ids.map((id, index) => [index, { id }]));
  const path = call(ids.map(() => "city.byId").join(","), input);
  return get(`${path}&batch=1`, [hasUnknown ? 207 : 200]);
}

/** Invalid requests of different kinds, which get an error. */
const wrong: readonly ((random: Random) => Visit)[] = [
  () => get("/api/trpc/city.byId?input=%7B", [400]),
  () => get("/api/trpc/city.byId", [400]),
  (random) => get(call("city.byId", { id: `${random.next()}` }), [400]),
  (random) => get(call("city.search", { q: "x".repeat(101 + random.below(100)) }), [400]),
  (random) => get(call("city.nearby", { lat: 91 + random.next(), lon: 0 }), [400]),
  (random) => get(call("city.list", { cursor: random.bytes(12).toString("base64url") }), [400]),
  (random) => get(call("country.stats", { code: "ZZ", [`x${random.below(1e9)}`]: 1 }), [400]),
  () => get(call("country.stats", { code: "ZZ" }), [404]),
  (random) => get(`/api/trpc/no.${random.bytes(6).toString("hex")}`, [404]),
  (random) => get(`/${random.bytes(6).toString("hex")}`, [404]),
  () => get("/api/%ZZ", [400]),
  (random) => get(`/api/trpc/city.byId?input=${"a".repeat(8_200 + random.below(4_000))}`, [414]),
  () => get(`/api/trpc/${Array.from({ length: 25 }, () => "city.byId").join(",")}?batch=1`, [400]),
  // A query by POST is a query like any other.
  () => post("/api/trpc/city.byId", '{"id":1}', [404]),
  () => get(call("city.update", { id: 1, version: 1 }), [405]),
  () => post("/api/trpc/city.update", '{"id":1,"version":1}', [401]),
  () => post("/api/trpc/city.update", '{"id":', [400, 401]),
  () => post("/api/trpc/city.update", "a".repeat(65_000), [413]),
  () => post("/api/trpc/city.update", "id=1", [415], { "content-type": "application/x-www-form-urlencoded" }),
  () => get(call("city.byId", { id: 1 }), [403], { origin: "http://elsewhere.example" }),
];

/** A location not requested before, with no city within a meter: work for the database, and little to keep. */
function nowhere(random: Random): Visit {
  const place = { lat: -89 + random.next(), lon: 180 * random.next(), limit: 10, radiusKm: 0.001 };
  return get(call("city.nearby", place), [200]);
}

/** A city under one of a million URLs, because JSON may contain spaces. The server keeps finished responses by URL. */
export function anySpelling(random: Random, set: WorkingSet): Visit {
  const spaces = (): string => "%20".repeat(random.below(32));
  const id = idOf(set.popular(random));
  return get(`/api/trpc/city.byId?input=${spaces()}%7B${spaces()}%22id%22${spaces()}%3A${spaces()}${id}%7D`, [200]);
}

function anyLeaver(random: Random, set: WorkingSet): Visit {
  const leaves = random.pick(["at once", "soon", "in the body"] as const);
  const aborted =
    leaves === "in the body"
      ? post("/api/trpc/city.update", "a".repeat(random.below(40_000) + 2), [])
      : nowhere(random);
  return { ...(random.chance(0.3) ? anyKnown(random, set) : aborted), expected: [], leaves, alone: true };
}

/** The next request of a client. */
export function anyVisit(random: Random, set: WorkingSet): Visit {
  const one = random.next();
  if (one < 0.1) return anyBatch(random, set);
  if (one < 0.16) return get(call("city.byId", { id: unknownId(random) }), [404]);
  if (one < 0.2) return get(call("city.byIds", { ids: [unknownId(random), Number(idOf(set.popular(random)))] }), [200]);
  if (one < 0.28) return (wrong[random.below(wrong.length)] ?? (() => get("/healthz", [200])))(random);
  if (one < 0.32) return anyLeaver(random, set);
  if (one < 0.36) return anySpelling(random, set);
  return { ...anyKnown(random, set), alone: random.chance(0.05) };
}

/** Hundreds of IDs that do not exist, which fill the server's memory with entries that later ones replace. */
export function unknownHundred(random: Random): Visit {
  return get(call("city.byIds", { ids: Array.from({ length: 100 }, () => unknownId(random)) }), [200]);
}

/** A user watches the dashboard at the same time. */
export const dashboard = (cookie: string): Visit =>
  get(call("insights.overview", { range: "5m", includeAdmin: true }), [200], { cookie });

/** Everything of the working set once. */
export function everyVisit(set: WorkingSet): Visit[] {
  return [set.byId, set.search, set.nearby, set.list, set.countries].flat().map((path) => get(path, [200]));
}
