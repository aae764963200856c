import { createHash, timingSafeEqual } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { WeirError } from "@weir/core/errors";
import type { AppHandler } from "./app-handler";
import type { AuthDoor } from "./auth-door";
import type { Health } from "@/server/health/health";
import {
  admitOnConnection,
  type ConnectionLimits,
  defaultConnectionLimits,
  defaultLimits,
  limitConnections,
  readClientAddress,
  refuse,
  serverOptions,
} from "@weir/trpc-node";
import { answerPage, type Pages, type ReadSession } from "./guarded-pages";
import { createSecurityHeaders, revalidatePages } from "./page-headers";

/** The handlers behind the server; each is null until the process has started it. */
export type Doors = {
  trpc: AppHandler | null;
  auth: AuthDoor | null;
  pages: Pages | null;
  /** Reads the session before a page that requires a role. */
  readSession: ReadSession | null;
  metrics: (() => AsyncIterable<string>) | null;
};

export type HttpServerOptions = {
  doors: Doors;
  readiness: Readiness;
  trustedProxies: ReadonlySet<string>;
  metricsToken: string | undefined;
  /** Unique per request within the fleet. */
  nextRequestId: () => string;
  /** True when browsers reach this server over TLS; they are then told to require it (HSTS). */
  isTls?: boolean;
  limits?: Partial<ConnectionLimits>;
  /** Maximum number of requests in flight on one connection. */
  maxPerConnection?: number;
  /** Called for each page that fails. */
  onPageError?: (error: unknown, requestId: string) => void;
};

const notReady = { "content-type": "text/plain; charset=utf-8", "retry-after": "1", "cache-control": "no-store" };
const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

/** The response to page requests on a node without pages. */
export async function answerNoPages(_req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.writeHead(404, text).end("This node serves the API only (--role api).\n");
}

/** The path as a router may read it: decoded, with repeated slashes collapsed; null for invalid percent-encoding. */
function readPath(url: string): string | null {
  const end = url.search(/[?#]/);
  try {
    return decodeURIComponent(end === -1 ? url : url.slice(0, end)).replaceAll(/[\\/]+/g, "/");
  } catch {
    return null;
  }
}

/**
 * One server for health, metrics, tRPC and pages. Slow and large requests are cut off with a response that names the limit.
 */
export function createHttpServer(options: HttpServerOptions): Server {
  const { doors, readiness, trustedProxies, metricsToken, nextRequestId } = options;
  const { maxPerConnection = defaultLimits.inFlightPerConnection } = options;
  const limits = { ...defaultConnectionLimits, ...options.limits };
  const setSecurityHeaders = createSecurityHeaders({ isTls: options.isTls ?? false });

  async function answerOther(req: IncomingMessage, res: ServerResponse, url: string, requestId: string): Promise<void> {
    const path = readPath(url);
    if (path === null) return void res.writeHead(400, text).end("The path is not valid percent-encoding.\n");

    if (path === "/metrics") {
      if (!mayReadMetrics(req, readClientAddress(req, trustedProxies).isLoopback, metricsToken)) {
        return void res.writeHead(403, text).end("Metrics need METRICS_TOKEN as a bearer token.\n");
      }
      if (doors.metrics === null) {
        // After the start, only a node that records nothing has none.
        const why = readiness.state === "starting" ? "Starting.\n" : "Recording is off (WEIR_DISABLE=telemetry).\n";
        return void res.writeHead(503, notReady).end(why);
      }
      return answerMetrics(res, doors.metrics());
    }
    const { pages, readSession } = doors;
    if (pages === null || readSession === null) return void res.writeHead(503, notReady).end("Starting.\n");
    revalidatePages(res);
    await answerPage(req, res, { pages, readSession, requestId });
  }

  const server = createServer(serverOptions(limits), (req, res) => {
    const url = req.url ?? "/";
    if (url.startsWith("/api/trpc/")) {
      if (doors.trpc === null) res.writeHead(503, notReady).end("Starting.\n");
      else doors.trpc(req, res, nextRequestId());
      return;
    }
    if (url === "/healthz") return answerAlive(res);
    if (url === "/readyz") return answerReady(res, readiness);
    // The API counts its own requests.
    const refusal = admitOnConnection(req, res, maxPerConnection);
    if (refusal !== null) return refuse(req, res, refusal);
    if (url.startsWith("/api/auth/")) {
      if (doors.auth === null) res.writeHead(503, notReady).end("Starting.\n");
      else doors.auth(req, res, nextRequestId());
      return;
    }
    const requestId = nextRequestId();
    res.setHeader("x-request-id", requestId);
    setSecurityHeaders(res);
    answerOther(req, res, url, requestId).catch((error: unknown) => {
      // The session could not be read.
      if (error instanceof WeirError && !res.headersSent)
        return void res.writeHead(503, notReady).end(`${error.message}\n`);
      options.onPageError?.(error, requestId);
      if (res.headersSent) res.destroy();
      else res.writeHead(500, text).end("Something went wrong on the server.\n");
    });
  });
  limitConnections(server, limits);
  return server;
}

/** The state of the process, as `/readyz` reports it: its phase, and while that is `ready`, the health of what it needs. */
export type Readiness = { state: "starting" | "ready" | "draining"; health?: Pick<Health, "response"> };

/** Responds that the process is alive. Touches nothing else. */
function answerAlive(res: ServerResponse): void {
  res.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  res.end("ok\n");
}

/** 200 when requests should come here, else 503; the body says why. Reads what was found in the background. */
function answerReady(res: ServerResponse, { state, health }: Readiness): void {
  const { status, body } =
    state === "ready" && health !== undefined
      ? health.response()
      : { status: state === "ready" ? 200 : 503, body: `${JSON.stringify({ state })}\n` };
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  res.writeHead(status, status === 200 ? headers : { ...headers, "retry-after": "1" }).end(body);
}

const digest = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** True for a client on this machine, or one that sends `Authorization: Bearer <METRICS_TOKEN>`. */
function mayReadMetrics(req: IncomingMessage, isLoopback: boolean, token: string | undefined): boolean {
  if (isLoopback) return true;
  const sent = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1];
  return token !== undefined && sent !== undefined && timingSafeEqual(digest(sent), digest(token));
}

const isPrematureClose = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";

/** A client that reads nothing for this long is disconnected. */
const stalledMs = 10_000;

/** Streams the process's own metrics as Prometheus text, as fast as the client reads. */
async function answerMetrics(res: ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  res.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
  res.setTimeout(stalledMs, () => res.destroy());
  try {
    await pipeline(pieces, res);
  } catch (error) {
    // A client that disconnects is not a failure; the rest is not produced.
    if (!res.destroyed || !isPrematureClose(error)) throw error;
  }
}
