import type { Env } from "@/env.js";
import type { ConnectionLimits, Limits } from "@weir/trpc-node";

/** The limits of this environment: of each request, and of each connection. */
export function configuredLimits(env: Env): { request: Limits; connection: ConnectionLimits } {
  return {
    request: {
      urlLength: env.LIMIT_URL_LENGTH,
      headerCount: env.LIMIT_HEADER_COUNT,
      bodyBytes: env.LIMIT_BODY_BYTES,
      batchLength: env.LIMIT_BATCH_LENGTH,
      inFlightPerConnection: env.LIMIT_IN_FLIGHT,
      deadlineMs: env.LIMIT_CALL_MS,
      stalledStreamMs: env.LIMIT_STALLED_STREAM_MS,
    },
    connection: {
      headerBytes: env.LIMIT_HEADER_BYTES,
      headerCount: env.LIMIT_HEADER_COUNT,
      headersTimeoutMs: env.LIMIT_HEADERS_MS,
      requestTimeoutMs: env.LIMIT_REQUEST_MS,
      keepAliveTimeoutMs: env.LIMIT_KEEP_ALIVE_MS,
      stalledMs: env.LIMIT_STALLED_STREAM_MS,
    },
  };
}
