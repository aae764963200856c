import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";

/** How long shared caches (CDNs, proxies) may reuse a response without asking again. */
export type SharedCaching = {
  freshSeconds: number;
  /** After that, while they revalidate. Browsers honour this too. */
  staleSeconds?: number;
};

/** The part of a router's `meta` that the handler reads. */
export type HandlerMeta = {
  /** The lowest role that may call the procedure; absent when it is public. */
  role?: string;
  /** For a public procedure whose response depends on the caller all the same. */
  personal?: boolean;
  /** Opt-in, and outside rule C1: no invalidation reaches a cache that is not ours. When absent: `no-cache`. */
  shared?: SharedCaching;
};

/** `Cache-Control` of the procedures whose responses shared caches may keep, by path. */
export type SharedResponses = ReadonlyMap<string, string>;

/**
 * The procedures of the router whose `meta` asks for shared caching; those of lazy routers are left out. Throws a TypeError
 * for a procedure that may not be shared: a mutation, a subscription, or one whose responses are for one caller.
 */
export function findSharedResponses(router: AnyTRPCRouter): SharedResponses {
  // Typed as a record of procedures or nested records; at run time it is flat, by dotted path.
  const procedures = router._def.procedures as Record<string, AnyTRPCProcedure>;
  const found = new Map<string, string>();
  for (const [path, { _def }] of Object.entries(procedures)) {
    // Another router's meta has another shape, and no such member.
    const meta = (_def.meta ?? {}) as HandlerMeta;
    if (meta.shared === undefined) continue;
    check(path, _def.type, meta);
    found.set(path, headerOf(meta.shared));
  }
  return found;
}

/**
 * The procedures of the router whose responses are for one caller: those that require a role, and those that say so. No cache
 * may keep them.
 */
export function findPersonal(router: AnyTRPCRouter): ReadonlySet<string> {
  // Typed as a record of procedures or nested records; at run time it is flat, by dotted path.
  const procedures = Object.entries(router._def.procedures as Record<string, AnyTRPCProcedure>);
  return new Set(
    procedures.filter(([, { _def }]) => isPersonal(_def.meta as HandlerMeta | undefined)).map(([path]) => path),
  );
}

/** Whether responses of a procedure with this meta are for one caller. */
export function isPersonal(meta: HandlerMeta | undefined): boolean {
  return meta?.role !== undefined || meta?.personal === true;
}

function check(path: string, type: string, meta: HandlerMeta): void {
  const { shared } = meta;
  const { freshSeconds = 0, staleSeconds = 0 } = shared ?? {};
  if (type !== "query") throw new TypeError(`${path}: only responses to queries can be shared.`);
  if (isPersonal(meta))
    throw new TypeError(`${path}: a procedure that requires a role, or is personal, cannot be shared.`);
  if (!isDuration(freshSeconds, 1) || !isDuration(staleSeconds, 0)) {
    throw new TypeError(`${path}: shared caching takes whole seconds, at least 1 for freshSeconds, at most a year.`);
  }
}

const maxSeconds = 31_536_000;
const isDuration = (seconds: number, min: number): boolean =>
  Number.isInteger(seconds) && seconds >= min && seconds <= maxSeconds;

function headerOf({ freshSeconds, staleSeconds = 0 }: SharedCaching): string {
  const stale = staleSeconds > 0 ? `, stale-while-revalidate=${staleSeconds}` : "";
  return `public, s-maxage=${freshSeconds}${stale}`;
}
