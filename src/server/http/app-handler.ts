import type { AnyTRPCRouter } from "@trpc/server";
import { createCachedHandler, type TrpcHandler, type TrpcHandlerOptions } from "@weir/trpc-node";
import type { SessionCookie } from "@/server/auth/session-cookie";
import type { PlatformServices } from "@/server/rpc/context";
import { createCallContext } from "./call-context";

export type AppHandlerOptions = {
  /** The root router of the application (`createRootRouter`). */
  router: AnyTRPCRouter;
  services: PlatformServices;
  cookie: SessionCookie;
  trustedProxies: ReadonlySet<string>;
  /** Runs the procedure for calls whose caller records a trace, so that the exported trace is complete. */
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
