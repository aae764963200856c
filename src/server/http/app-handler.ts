import { createCachedHandler, type TrpcHandler, type TrpcHandlerOptions } from "@weir/trpc-node";
import type { SessionCookie } from "@/server/auth/session-cookie";
import type { Services } from "@/server/rpc/context";
import { appRouter } from "@/server/rpc/root";
import { createCallContext } from "./call-context";

export type AppHandlerOptions = {
  services: Services;
  cookie: SessionCookie;
  trustedProxies: ReadonlySet<string>;
  /** Runs the procedure for calls whose caller records a trace, so that the exported trace is complete. */
  showsEachTrace?: boolean;
} & Pick<TrpcHandlerOptions<typeof appRouter>, "origins" | "onError" | "limits">;

export type AppHandler = TrpcHandler;

/** The tRPC handler of this application's router: gives procedures the session and the services. */
export function createAppHandler(given: AppHandlerOptions): AppHandler {
  const { services, cookie, trustedProxies, showsEachTrace = false, ...options } = given;
  return createCachedHandler({
    router: appRouter,
    createContext: createCallContext({ services, cookie, trustedProxies, origins: options.origins ?? new Set() }),
    // Typed clients send queries by POST whose URL would be too long.
    allowMethodOverride: true,
    tracesSampledCalls: showsEachTrace,
    ...options,
  });
}
