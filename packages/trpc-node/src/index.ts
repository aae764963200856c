// The handler.
export {
  createCachedHandler,
  createTrpcHandler,
  type CachedHandlerOptions,
  type Failure,
  type TrpcHandler,
  type TrpcHandlerOptions,
} from "./trpc-handler";

// What a router is built with.
export { type ErrorData, formatError, toTrpcError } from "./errors";
export { fromEntry } from "./from-entry";
export type { HandlerMeta, SharedCaching } from "./meta";
export { observeCall } from "./observe";

// What stands around the handler on a server.
export { callsInFlight } from "./calls-under-way";
export { type ClientAddress, readClientAddress } from "./client-address";
export { type ConnectionLimits, defaultConnectionLimits, limitConnections, serverOptions } from "./connection-limits";
export { drain, type DrainOptions } from "./drain";
export { admitOnConnection } from "./in-flight";
export { defaultLimits, type Limits, type Refusal } from "./limits";
export { listen, ListenError } from "./listen";
export { attachServerTiming } from "./server-timing";

// For endpoints beside the handler that respond as it does.
export { nothingRuns, setApiHeaders } from "./api-headers";
export { type BodyFailure, readBody } from "./read-body";
export { refuse } from "./refuse";
export { publishRequestEnd } from "./request-end";
export { requestScope } from "./request-scope";
