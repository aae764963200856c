import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type ConnectionLimits, limitConnections, refuse, refuseHeaderCount, serverOptions } from "@weir/trpc-node";

/** The pieces of the process's metrics as Prometheus text; null while it starts, or when it records nothing. */
export type Metrics = (() => AsyncIterable<string>) | null;

const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const digest = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** `/metrics` on the public port: for clients with the token only, whichever address they come from. */
export function answerPublicMetrics(
  req: IncomingMessage,
  res: ServerResponse,
  { metrics, token, isStarting }: { metrics: Metrics; token: string | undefined; isStarting: boolean },
): Promise<void> | void {
  if (token === undefined) {
    const where =
      "Set METRICS_TOKEN to read metrics here. Without it they are on METRICS_PORT, for this machine only.\n";
    return void res.writeHead(403, text).end(where);
  }
  const sent = /^Bearer +(.+)$/i.exec(req.headers.authorization ?? "")?.[1];
  if (sent === undefined || !timingSafeEqual(digest(sent), digest(token))) {
    return void res.writeHead(403, text).end("Metrics need METRICS_TOKEN as a bearer token.\n");
  }
  return answerMetrics(res, metrics, isStarting);
}

/** Headers that a proxy adds. */
const traces = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"] as const;
/** `Host` of a page that was opened on this machine: a site may have bound its own name to 127.0.0.1 (DNS rebinding). */
const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * A server with nothing but `/metrics`, for programs on this machine: listen on a loopback address. It is a port of its own
 * because a request on the public port does not show whether it came through a proxy.
 */
export function createMetricsServer(metrics: () => Metrics, limits: ConnectionLimits): Server {
  const server = createServer(serverOptions(limits), (req, res) => {
    const refusal = refuseHeaderCount(req, limits.headerCount);
    if (refusal !== null) return refuse(req, res, refusal);
    const isForwarded = traces.some((name) => req.headers[name] !== undefined);
    if (isForwarded || !loopbackHost.test(req.headers.host ?? "")) {
      return void res.writeHead(403, text).end("Metrics without a token are for this machine only.\n");
    }
    if (!/^\/metrics(?:\?|$)/.test(req.url ?? "")) return void res.writeHead(404, text).end("See /metrics.\n");
    answerMetrics(res, metrics(), false).catch(() => res.destroy());
  });
  limitConnections(server, limits);
  return server;
}

const isPrematureClose = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";

/** A client that stops reading for this long is disconnected. */
const stalledMs = 10_000;

/** Streams the process's own metrics as Prometheus text, as fast as the client reads. */
async function answerMetrics(res: ServerResponse, metrics: Metrics, isStarting: boolean): Promise<void> {
  if (metrics === null) {
    const why = isStarting ? "Starting.\n" : "Recording is off (WEIR_DISABLE=telemetry).\n";
    return void res.writeHead(503, { ...text, "retry-after": "1" }).end(why);
  }
  res.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
  res.setTimeout(stalledMs, () => res.destroy());
  try {
    await pipeline(metrics(), res);
  } catch (error) {
    // A client that disconnects is not a failure; the rest is not produced.
    if (!res.destroyed || !isPrematureClose(error)) throw error;
  }
}
