import { listLength, searchLimit, searchText } from "./statements";
import type { ServerName } from "./servers";

export const pathNames = [
  "constant",
  "L1 hit",
  "Redis hit",
  "Postgres by key",
  "search",
  "list of 50",
  "batch of 10",
] as const;
export type PathName = (typeof pathNames)[number];

/** One measurement: one server on one path. */
export type Cell = {
  path: PathName;
  server: ServerName;
  /** Requested in turn. */
  urls: readonly string[];
  /** Extracts the result from a body; all servers of a path must return the same. */
  answer: (body: string) => unknown;
  /** The tier that Weir must read from, by its Server-Timing; null for others. */
  tier: "l1" | "l2" | "none" | null;
};

const input = (value: unknown): string => `?input=${encodeURIComponent(JSON.stringify(value))}`;

// Results are compared as a whole, regardless of their type.
const parse = (body: string): unknown => JSON.parse(body);
const trpcAnswer = (body: string): unknown => (parse(body) as { result: { data: unknown } }).result.data;
const batchAnswer = (body: string): unknown =>
  (parse(body) as { result: { data: unknown } }[]).map(({ result }) => result.data);
/** Cursors are opaque, and each server has its own. */
const items = (answer: unknown): unknown => (answer as { items: unknown }).items;

function batch(base: string, procedure: string, ids: readonly number[]): string {
  const names = ids.map(() => procedure).join(",");
  return `${base}${names}${input(Object.fromEntries(ids.map((id, index) => [index, { id }])))}&batch=1`;
}

const cacheOff = "l1,l2,single-flight";
type TrpcRival = { server: ServerName; base: string };
const standalone: TrpcRival = { server: "tRPC standalone", base: "/" };
const trpcRivals: readonly TrpcRival[] = [standalone, { server: "tRPC in Next", base: "/api/trpc/" }];

/**
 * All measurements. Weir has no constant procedure, and FastAPI no batches: one request for ten IDs is not the same as
 * ten calls in one request. Next's own cost hides the rest, so it is measured on three paths only.
 */
export function listCells(ids: readonly number[]): Cell[] {
  const [first = 0] = ids;
  const ten = ids.slice(0, 10);
  const weirById = (some: readonly number[]): string[] => some.map((id) => `/api/trpc/city.byId${input({ id })}`);
  const search = { q: searchText, limit: searchLimit };
  const searchQuery = `?q=${encodeURIComponent(searchText)}&limit=${searchLimit}`;
  const list = { limit: listLength };

  const weir = (path: PathName, server: ServerName, urls: string[], tier: Cell["tier"], answer = trpcAnswer): Cell => ({
    path,
    server,
    urls,
    tier,
    answer,
  });
  const other = (path: PathName, server: ServerName, urls: string[], answer = parse): Cell => ({
    path,
    server,
    urls,
    tier: null,
    answer,
  });
  const plain = (path: PathName, server: ServerName, begin: string, some = ids): Cell =>
    other(
      path,
      server,
      some.map((id) => begin + id),
    );
  const trpc = (
    path: PathName,
    procedure: string,
    inputs: unknown[],
    rivals = trpcRivals,
    answer = trpcAnswer,
  ): Cell[] =>
    rivals.map(({ server, base }) =>
      other(
        path,
        server,
        inputs.map((value) => base + procedure + input(value)),
        answer,
      ),
    );
  const byIds = ids.map((id) => ({ id }));
  const itemsOf = (body: string): unknown => items(trpcAnswer(body));

  return [
    other("constant", "node:http", ["/constant"], trpcAnswer),
    ...trpcRivals.map(({ server, base }) => other("constant", server, [`${base}constant`], trpcAnswer)),
    other("constant", "FastAPI", ["/constant"]),

    weir("L1 hit", "Weir api", weirById([first]), "l1"),
    weir("L1 hit", "Weir all", weirById([first]), "l1"),
    other("L1 hit", "node:http", weirById([first]), trpcAnswer),
    ...trpc("L1 hit", "memory", [{ id: first }]),
    plain("L1 hit", "FastAPI", "/memory/", [first]),

    weir("Redis hit", "Weir api (l1)", weirById(ids), "l2"),
    plain("Redis hit", "node:http by hand", "/redis/"),
    ...trpc("Redis hit", "redis", byIds, [standalone]),
    plain("Redis hit", "FastAPI", "/redis/"),

    weir("Postgres by key", `Weir api (${cacheOff})`, weirById(ids), "none"),
    weir("Postgres by key", `Weir api (${cacheOff},batching)`, weirById(ids), "none"),
    weir("Postgres by key", `Weir all (${cacheOff})`, weirById(ids), "none"),
    plain("Postgres by key", "node:http by hand", "/sql/"),
    ...trpc("Postgres by key", "sql", byIds),
    plain("Postgres by key", "FastAPI", "/sql/"),

    weir("search", `Weir api (${cacheOff})`, [`/api/trpc/city.search${input(search)}`], "none", itemsOf),
    other("search", "node:http by hand", [`/search${searchQuery}`], (body) => items(parse(body))),
    ...trpc("search", "search", [search], [standalone], itemsOf),
    other("search", "FastAPI", [`/search${searchQuery}`], (body) => items(parse(body))),

    weir("list of 50", `Weir api (${cacheOff})`, [`/api/trpc/city.list${input(list)}`], "none", itemsOf),
    other("list of 50", "node:http by hand", [`/list?limit=${listLength}`], (body) => items(parse(body))),
    ...trpc("list of 50", "list", [list], [standalone], itemsOf),
    other("list of 50", "FastAPI", [`/list?limit=${listLength}`], (body) => items(parse(body))),

    weir("batch of 10", "Weir api", [batch("/api/trpc/", "city.byId", ten)], "l1", batchAnswer),
    other("batch of 10", "tRPC standalone", [batch("/", "memory", ten)], batchAnswer),
  ];
}
