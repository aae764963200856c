import type { IncomingMessage, ServerResponse } from "node:http";
import type { ProcedureMeta } from "@/server/rpc/init";
import { appRouter } from "@/server/rpc/root";
import type { SessionCookie } from "@/server/auth/session-cookie";
import type { Services } from "@/server/rpc/context";
import { entryOf, sourceOfValue } from "@weir/trpc-node/from-entry";
import { setApiHeaders } from "@weir/trpc-node/api-headers";
import { createCallAnswers } from "@weir/trpc-node/call-answers";
import { createCallContext } from "./call-context";
import { createEncodedHits } from "@weir/trpc-node/encoded-hits";
import { findSharedAnswers } from "@weir/trpc-node/shared-caching";
import { createTrpcHandler, type TrpcHandlerOptions } from "@weir/trpc-node/trpc-handler";

export type AppHandlerOptions = {
  services: Services;
  cookie: SessionCookie;
  trustedProxies: ReadonlySet<string>;
  /** Calls whose caller records a trace take the usual way, on which they are seen: those traces are exported. */
  showsEachTrace?: boolean;
} & Pick<TrpcHandlerOptions<typeof appRouter>, "origins" | "onError" | "limits">;

export type AppHandler = (req: IncomingMessage, res: ServerResponse, requestId: string) => void;

type Described = { _def: { meta?: ProcedureMeta } };

// Typed as a record of procedures or nested records; at run time it is flat, by dotted path.
const procedures = appRouter._def.procedures as unknown as Record<string, Described | undefined>;
const isPublic = (path: string): boolean => procedures[path]?._def.meta?.role === undefined;

/** The tRPC handler of this application's router: tells each procedure who calls, and sends again what is still right. */
export function createAppHandler(given: AppHandlerOptions): AppHandler {
  const { services, cookie, trustedProxies, showsEachTrace = false, ...options } = given;
  const encoded = createEncodedHits(findSharedAnswers(appRouter), { leavesSampled: showsEachTrace });
  const handler = createTrpcHandler({
    router: appRouter,
    createContext: createCallContext({ services, cookie, trustedProxies, origins: options.origins ?? new Set() }),
    callAnswers: createCallAnswers({
      sourceOf: (procedure, value) => (isPublic(procedure) ? sourceOfValue(procedure, value) : undefined),
    }),
    onAnswered: ({ req, request }, procedure) => {
      const entry = entryOf(request);
      // What is sent again is sent to whoever asks.
      if (entry !== undefined && isPublic(procedure)) encoded.learn(req, { procedure, entry });
    },
    // Typed clients send queries by POST whose URL would be too long.
    allowMethodOverride: true,
    ...options,
  });
  return (req, res, requestId) => {
    const known = encoded.answer(req, res, requestId);
    if (known === "answered") return;
    res.setHeader("x-request-id", requestId);
    setApiHeaders(res);
    handler(req, res, requestId, known);
  };
}
