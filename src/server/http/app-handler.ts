import type { IncomingMessage, ServerResponse } from "node:http";
import { appRouter } from "../rpc/root";
import type { Context, Services } from "../rpc/context";
import { sourceOf } from "../rpc/from-memory";
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
    onAnswered: ({ req, request }, path, body) => {
      const live = sourceOf(request);
      if (live !== undefined) encoded.keep(req, path, live, body);
    },
    ...options,
  });
  return (req, res, requestId) => {
    if (encoded.answer(req, res, requestId)) return;
    res.setHeader("x-request-id", requestId);
    res.setHeader("x-content-type-options", "nosniff");
    handler(req, res, requestId);
  };
}
