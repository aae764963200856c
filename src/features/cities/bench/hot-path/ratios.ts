import { pairedRatio } from "../../../../../bench/statistics";
import { ratioTarget, type Target, type Unmeasured } from "../../../../../bench/targets";
import type { Cell, PathName } from "./cells";
import type { Sample } from "./measure";
import type { ServerName } from "./servers";

type Bound = { name: string; path: PathName; of: ServerName; against: ServerName; bound: number };

const cacheOff = "l1,l2,single-flight";

/** Requests per CPU second of `of`, as a multiple of those of `against`. */
const bounds: readonly Bound[] = [
  { name: "L1 hit : plain node:http", path: "L1 hit", of: "Weir api", against: "node:http", bound: 0.8 },
  { name: "L1 hit : tRPC standalone", path: "L1 hit", of: "Weir api", against: "tRPC standalone", bound: 8 },
  { name: "L1 hit : FastAPI from a dict", path: "L1 hit", of: "Weir api", against: "FastAPI", bound: 2 },
  { name: "L1 hit : Next route handler", path: "L1 hit", of: "Weir api", against: "tRPC in Next", bound: 25 },
  { name: "Redis hit : FastAPI", path: "Redis hit", of: "Weir api (l1)", against: "FastAPI", bound: 2.5 },
  {
    name: "Postgres by key : FastAPI",
    path: "Postgres by key",
    of: `Weir api (${cacheOff})`,
    against: "FastAPI",
    bound: 2.5,
  },
  {
    name: "Postgres by key : node:http by hand",
    path: "Postgres by key",
    of: `Weir api (${cacheOff})`,
    against: "node:http by hand",
    bound: 0.85,
  },
  { name: "batch of 10 : tRPC standalone", path: "batch of 10", of: "Weir api", against: "tRPC standalone", bound: 4 },
  { name: "role all : role api, L1 hit", path: "L1 hit", of: "Weir all", against: "Weir api", bound: 0.85 },
  {
    name: "role all : role api, Postgres by key",
    path: "Postgres by key",
    of: `Weir all (${cacheOff})`,
    against: `Weir api (${cacheOff})`,
    bound: 0.85,
  },
];

/** True for what a target needs. */
export function decides(cell: Cell): boolean {
  return bounds.some(({ path, of, against }) => path === cell.path && (of === cell.server || against === cell.server));
}

/** Compares the measurements with the bounds. */
export function decideRatios(results: ReadonlyMap<Cell, readonly Sample[]>): {
  targets: Target[];
  unmeasured: Unmeasured[];
} {
  const samplesOf = (path: PathName, server: ServerName): readonly Sample[] | undefined =>
    [...results].find(([cell]) => cell.path === path && cell.server === server)?.[1];
  const targets: Target[] = [];
  const unmeasured: Unmeasured[] = [];
  for (const { name, path, of, against, bound } of bounds) {
    const above = samplesOf(path, of);
    const below = samplesOf(path, against);
    if (above === undefined || below === undefined) {
      unmeasured.push({ name, reason: `${above === undefined ? of : against} did not take part` });
      continue;
    }
    const pairs = above.flatMap((sample, round) => {
      const other = below[round];
      return other === undefined ? [] : [[sample.requestsPerCpuSecond, other.requestsPerCpuSecond] as const];
    });
    targets.push(ratioTarget(name, bound, pairedRatio(pairs)));
  }
  return { targets, unmeasured };
}
