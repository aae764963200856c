/** Keeps the cookies of one server in memory. In a browser it stays empty: there the browser keeps them. */
export type CookieJar = {
  /** The value of a `Cookie` header; null without cookies. */
  header: () => string | null;
  /** Takes over what the answer sets. */
  store: (headers: Headers) => void;
};

function hasEnded(attributes: readonly string[], nowMs: number): boolean {
  const valueOf = (name: string): string | undefined =>
    attributes
      .map((attribute) => attribute.trim())
      .find((attribute) => attribute.toLowerCase().startsWith(`${name}=`))
      ?.slice(name.length + 1);
  const maxAge = valueOf("max-age");
  // Max-Age wins over Expires (RFC 6265, section 5.3).
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  return Date.parse(valueOf("expires") ?? "") <= nowMs;
}

/**
 * A jar for one server. Path and Domain are not looked at, since it is only ever shown to the server that filled it; a
 * cookie's end is left to the server, but for those that it removes.
 */
export function createCookieJar(now: () => number): CookieJar {
  const cookies = new Map<string, string>();
  return {
    header: () => (cookies.size === 0 ? null : [...cookies].map(([name, value]) => `${name}=${value}`).join("; ")),
    store: (headers) => {
      // Older browsers have no such method, and would have nothing to tell.
      for (const line of "getSetCookie" in headers ? headers.getSetCookie() : []) {
        const [pair = "", ...attributes] = line.split(";");
        const at = pair.indexOf("=");
        if (at < 1) continue;
        const name = pair.slice(0, at).trim();
        if (hasEnded(attributes, now())) cookies.delete(name);
        else cookies.set(name, pair.slice(at + 1).trim());
      }
    },
  };
}
