import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { HandlerMeta, SharedCaching } from "./meta";

/** `Cache-Control` of the procedures whose answers shared caches may keep, by path. */
export type SharedAnswers = ReadonlyMap<string, string>;

const longestSeconds = 31_536_000;
const isDuration = (seconds: number, least: number): boolean =>
  Number.isInteger(seconds) && seconds >= least && seconds <= longestSeconds;

function headerOf({ freshSeconds, staleSeconds = 0 }: SharedCaching): string {
  const stale = staleSeconds > 0 ? `, stale-while-revalidate=${staleSeconds}` : "";
  return `public, s-maxage=${freshSeconds}${stale}`;
}

function check(path: string, type: string, { shared, role }: HandlerMeta): void {
  const { freshSeconds = 0, staleSeconds = 0 } = shared ?? {};
  if (type !== "query") throw new TypeError(`${path}: only answers to queries can be shared.`);
  if (role !== undefined) throw new TypeError(`${path}: what takes a role is not for shared caches.`);
  if (!isDuration(freshSeconds, 1) || !isDuration(staleSeconds, 0)) {
    throw new TypeError(`${path}: shared caching takes whole seconds, freshSeconds from 1 on, at most a year.`);
  }
}

/**
 * The procedures of the router whose `meta` asks for shared caching; those of lazy routers never are. Throws a TypeError for
 * one that may not be shared: a mutation, a subscription, or one that takes a role.
 */
export function findSharedAnswers(router: AnyTRPCRouter): SharedAnswers {
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
