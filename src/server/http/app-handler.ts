import type { IncomingMessage, ServerResponse } from "node:http";
import { appRouter } from "../rpc/root";
import type { Context, Services } from "../rpc/context";
import { entryOf, sourceOfValue } from "../rpc/from-entry";
import { createCallAnswers } from "./call-answers";
import { readClientAddress } from "./client-address";
import { createEncodedHits } from "./encoded-hits";
import { createTrpcHandler, type TrpcHandlerOptions } from "./trpc-handler";

export type AppHandlerOptions = {
  services: Services;
  trustedProxies: ReadonlySet<string>;
} & Pick<TrpcHandlerOptions<typeof appRouter>, "origins" | "onError" | "limits">;

export type AppHandler = (req: IncomingMessage, res: ServerResponse, requestId: string) => void;

/** The tRPC handler of this application's router: tells each procedure who calls, and sends again what is still right. */
export function createAppHandler({ services, trustedProxies, ...options }: AppHandlerOptions): AppHandler {
  const encoded = createEncodedHits();
  const handler = createTrpcHandler({
    router: appRouter,
    createContext: ({ req }): Context => ({
      services,
      client: { kind: "http", ...readClientAddress(req, trustedProxies) },
    }),
    callAnswers: createCallAnswers({ sourceOf: sourceOfValue }),
    onAnswered: ({ req, request }, procedure) => {
      const entry = entryOf(request);
      if (entry !== undefined) encoded.learn(req, { procedure, entry });
    },
    // Typed clients send queries by POST whose URL would be too long.
    allowMethodOverride: true,
    ...options,
  });
  return (req, res, requestId) => {
    const known = encoded.answer(req, res, requestId);
    if (known === "answered") return;
    res.setHeader("x-request-id", requestId);
    res.setHeader("x-content-type-options", "nosniff");
    handler(req, res, requestId, known);
  };
}
