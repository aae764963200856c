import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import {
  type AddressSet,
  createCachedHandler,
  isTlsAtProxy,
  readClientAddress,
  type TrpcHandler,
  type TrpcHandlerOptions,
} from "@weir/trpc-node";
import { sessionLifetimes } from "@/server/auth/session";
import { isSameOriginUse } from "@/server/auth/same-origin";
import type { Session } from "@/server/auth/session";
import { type SessionCookie, withSecure } from "@/server/auth/session-cookie";
import type { Context, PlatformServices } from "@/server/rpc/context";

export type AppHandlerOptions = {
  /** The root router of the application (`createRootRouter`). */
  router: AnyTRPCRouter;
  services: PlatformServices;
  cookie: SessionCookie;
  trustedProxies: AddressSet;
  /** Runs the procedure for calls that carry a recorded trace, so that the exported trace is complete. */
  showsEachTrace?: boolean;
} & Pick<TrpcHandlerOptions<AnyTRPCRouter>, "origins" | "onError" | "limits">;

export type AppHandler = TrpcHandler;

/** The tRPC handler of this application's router: gives procedures the session and the services. */
export function createAppHandler(given: AppHandlerOptions): AppHandler {
  const { router, services, cookie, trustedProxies, showsEachTrace = false, ...options } = given;
  return createCachedHandler({
    router,
    createContext: createCallContext({ services, cookie, trustedProxies, origins: options.origins ?? new Set() }),
    // Typed clients send queries by POST whose URL would be too long.
    allowMethodOverride: true,
    tracesSampledCalls: showsEachTrace,
    ...options,
  });
}

export type CallContextOptions = {
  services: PlatformServices;
  cookie: SessionCookie;
  trustedProxies: AddressSet;
  /** This server's origins. When empty, the host of each request. */
  origins: ReadonlySet<string>;
};

/** The first value of a header. */
function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Creates the context of a request. The session is read only when a procedure uses it, so public calls do not pay for
 * it.
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
      client: { kind: "http", address: readClientAddress(req, trustedProxies) },
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
        if (res.headersSent) return;
        const line = cookie.write(token, sessionLifetimes.absoluteSeconds);
        res.appendHeader("set-cookie", isTlsAtProxy(req, trustedProxies) ? withSecure(line) : line);
      },
    };
  };
}
