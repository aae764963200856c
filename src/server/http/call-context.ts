import type { IncomingMessage, ServerResponse } from "node:http";
import { sessionLifetimes } from "@/server/auth/lifetimes";
import { isSameOriginUse } from "@/server/auth/same-origin";
import type { Session } from "@/server/auth/session";
import type { SessionCookie } from "@/server/auth/session-cookie";
import type { Context, PlatformServices } from "@/server/rpc/context";
import { readClientAddress } from "@weir/trpc-node";

export type CallContextOptions = {
  services: PlatformServices;
  cookie: SessionCookie;
  trustedProxies: ReadonlySet<string>;
  /** This server's origins; empty: the host of each request. */
  origins: ReadonlySet<string>;
};

/** A header that is said once. */
function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Makes what procedures are handed of a request. Nothing of a session is read before a procedure asks, so that a public
 * call costs no more for it.
 */
export function createCallContext({ services, cookie, trustedProxies, origins }: CallContextOptions) {
  return ({ req, res }: { req: IncomingMessage; res: ServerResponse }): Context => {
    let remembered: Promise<Session | null> | undefined;
    const sessionNow = (): Promise<Session | null> => {
      const tokenHash = cookie.read(req.headers.cookie);
      return tokenHash === null ? Promise.resolve(null) : services.accounts.verify(tokenHash);
    };
    return {
      services,
      client: { kind: "http", ...readClientAddress(req, trustedProxies) },
      sessionNow,
      session: () => (remembered ??= sessionNow()),
      isSameOrigin: (isMutation) => {
        if (!cookie.isIn(req.headers.cookie)) return true;
        const { origin, host } = req.headers;
        return isSameOriginUse({ origin, host, fetchSite: headerOf(req, "sec-fetch-site") }, isMutation, origins);
      },
      hideTimings: () => {
        if (!res.headersSent) res.setHeader("x-weir-timings", "hidden");
      },
      setSessionToken: (token) => {
        if (!res.headersSent) res.appendHeader("set-cookie", cookie.write(token, sessionLifetimes.absoluteSeconds));
      },
    };
  };
}
