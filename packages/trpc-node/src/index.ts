// The handler.
export type { Failure, TrpcHandlerOptions } from "./handler-options";
export { createCachedHandler, createTrpcHandler, type CachedHandlerOptions, type TrpcHandler } from "./trpc-handler";

// What a router is built with.
export { type ErrorData, formatError, toTrpcError } from "./errors";
export { fromEntry } from "./from-entry";
export type { HandlerMeta, SharedCaching } from "./meta";
export { callsInFlight, observeCall, publishRequestEnd, requestScope } from "./observe";

// What stands around the handler on a server.
export { type AddressSet, addressSet } from "./limits/addresses";
export { isTlsAtProxy, readClientAddress } from "./limits/client-address";
export {
  type ConnectionLimits,
  defaultConnectionLimits,
  ignoreUpgrade,
  limitConnections,
  refuseHeaderCount,
  respondAndClose,
  serverOptions,
} from "./limits/connection-limits";
export { admitOnConnection, defaultLimits, type Limits, refuseEncoded } from "./limits/request-limits";
export { drain, type DrainOptions, listen, ListenError } from "./lifecycle";
export { attachServerTiming } from "./server-timing";

// For endpoints beside the handler that respond as it does.
export { nothingRuns, setApiHeaders } from "./respond/send-response";
export { createHostCheck } from "./parse/parse-call";
export { type BodyFailure, readBody } from "./parse/read-body";
export { type Refusal, refuse, refusedRequests } from "./respond/refuse";
