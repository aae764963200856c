import { readFileSync } from "node:fs";
import type { Env } from "@/env.js";
import { type ConnectionLimits, defaultConnectionLimits, type Limits } from "@weir/trpc-node";

/** How many files and sockets this process may have open; null where the system does not say. */
function readDescriptorLimit(): number | null {
  try {
    const [, soft = ""] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === "" ? null : Number(soft);
  } catch {
    return null;
  }
}

/** A quarter of the descriptors is left for the stores, files and pages. */
export function defaultConnections(descriptors: number | null): number {
  const most = defaultConnectionLimits.connections;
  return descriptors === null ? most : Math.max(1, Math.min(most, Math.floor(descriptors * 0.75)));
}

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
      connections: env.LIMIT_CONNECTIONS ?? defaultConnections(readDescriptorLimit()),
    },
  };
}
