/** The headers of a request that state its origin. */
export type Provenance = { origin: string | undefined; host: string | undefined; fetchSite: string | undefined };

/** Whether an `Origin` belongs to this server: one of the configured origins, or else the request's host. */
export function isOwnOrigin({ origin, host }: Provenance, origins: ReadonlySet<string>): boolean {
  if (origin === undefined) return false;
  if (origins.size > 0) return origins.has(origin);
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/**
 * Whether a request may use the session cookie that came with it (rule S2).
 *
 * - An `Origin` that is not ours is refused, regardless of the other headers.
 * - A write must have our `Origin`: every browser sends one with a POST, and other programs can.
 * - A read from our own pages has none. Then `Sec-Fetch-Site` decides, which pages cannot forge: `same-origin`, or
 *   `none` for a typed address. Another site's page is refused even though it could not read the response.
 * - A read with neither header comes from a program, or from a browser too old to send them. Another site's page can
 *   neither read the response nor change anything with it.
 */
export function isSameOriginUse(from: Provenance, isMutation: boolean, origins: ReadonlySet<string>): boolean {
  const { origin, fetchSite } = from;
  if (origin !== undefined && !isOwnOrigin(from, origins)) return false;
  if (isMutation) return origin !== undefined;
  return origin !== undefined || fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none";
}
