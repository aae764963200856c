import type { TRPCBuiltRouter, TRPCRouterRecord } from "@trpc/server";
import type { Context, PlatformServices } from "./context";
import { t } from "./init";

type Root = (typeof t)["_config"]["$types"];

const noSession = async (): Promise<null> => null;

/** Calls procedures from inside the program, with all permissions. The audit log names the caller by `label`. */
export function createInternalCaller<Procedures extends TRPCRouterRecord>(
  { router, services }: { router: TRPCBuiltRouter<Root, Procedures>; services: PlatformServices },
  label = "program",
) {
  const context: Context = {
    services,
    client: { kind: "internal", label },
    session: noSession,
    sessionNow: noSession,
    isSameOrigin: () => true,
    hideTimings: () => undefined,
    setSessionToken: () => undefined,
  };
  return t.createCallerFactory(router)(context);
}
