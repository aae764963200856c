/** What a request says of where it comes from. */
export type Provenance = { origin: string | undefined; host: string | undefined; fetchSite: string | undefined };

/** Whether an `Origin` is this server's: one of those configured, else the host that the request names. */
export function isOwnOrigin({ origin, host }: Provenance, origins: ReadonlySet<string>): boolean {
  if (origin === undefined) return false;
  if (origins.size > 0) return origins.has(origin);
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/**
 * Whether a request may use the session cookie that came with it (rule S2).
 *
 * - An `Origin` that is not ours is refused, whatever else the request says.
 * - A change must have one that is ours: every browser sends it with a POST, and other programs can.
 * - A read from a page of ours has none. Then `Sec-Fetch-Site` decides, which pages cannot forge: `same-origin`, or
 *   `none` for a typed address. Another site's page is refused even though it could not read the response.
 * - A read without both comes from a program, or from a browser too old for either; a page of another site can neither
 *   read its answer nor change anything by it.
 */
export function isSameOriginUse(from: Provenance, isMutation: boolean, origins: ReadonlySet<string>): boolean {
  const { origin, fetchSite } = from;
  if (origin !== undefined && !isOwnOrigin(from, origins)) return false;
  if (isMutation) return origin !== undefined;
  return origin !== undefined || fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none";
}
