import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { WeirError } from "@weir/core/errors";
import type { AppHandler } from "./app-handler";
import type { AuthDoor } from "./auth-door";
import type { Health } from "@/server/health/health";
import {
  admitOnConnection,
  type ConnectionLimits,
  createHostCheck,
  defaultConnectionLimits,
  defaultLimits,
  ignoreUpgrade,
  limitConnections,
  refuse,
  refuseEncoded,
  refuseHeaderCount,
  serverOptions,
} from "@weir/trpc-node";
import { answerPage, type Pages, type ReadSession } from "./guarded-pages";
import { answerPublicMetrics, type Metrics } from "./metrics-door";
import { createSecurityHeaders, revalidatePages } from "./page-headers";
import { hasPageMethod, isFor, toOriginForm } from "./request-target";

/** The handlers behind the server; each is null until the process has started it. */
export type Doors = {
  trpc: AppHandler | null;
  auth: AuthDoor | null;
  pages: Pages | null;
  /** Reads the session before a page that requires a role. */
  readSession: ReadSession | null;
  metrics: Metrics;
};

export type HttpServerOptions = {
  doors: Doors;
  readiness: Readiness;
  /** With it, `/metrics` is readable here. */
  metricsToken: string | undefined;
  /** Unique per request within the fleet. */
  nextRequestId: () => string;
  /** True when browsers reach this server over TLS; they are then told to require it (HSTS). */
  isTls?: boolean;
  /** True while Next compiles pages on demand. */
  isDevelopment?: boolean;
  limits?: Partial<ConnectionLimits>;
  /** Maximum number of requests in flight on one connection. */
  maxPerConnection?: number;
  /** Called for each connection that is closed because too many are open. */
  onDropped?: () => void;
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
  const { doors, readiness, metricsToken, nextRequestId } = options;
  const { maxPerConnection = defaultLimits.inFlightPerConnection, isDevelopment = false } = options;
  const limits = { ...defaultConnectionLimits, ...options.limits };
  const hostIsUsable = createHostCheck();
  const setSecurityHeaders = createSecurityHeaders({ isTls: options.isTls ?? false });

  async function answerOther(req: IncomingMessage, res: ServerResponse, url: string, requestId: string): Promise<void> {
    const path = readPath(url);
    if (path === null) return void res.writeHead(400, text).end("The path is not valid percent-encoding.\n");

    if (path === "/metrics") {
      const isStarting = readiness.state === "starting";
      return answerPublicMetrics(req, res, { metrics: doors.metrics, token: metricsToken, isStarting });
    }
    // Next's overlay for errors sends POSTs in development.
    if (!isDevelopment && !hasPageMethod(req, res)) return;
    const { pages, readSession } = doors;
    if (pages === null || readSession === null) return void res.writeHead(503, notReady).end("Starting.\n");
    revalidatePages(res);
    await answerPage(req, res, { pages, readSession, requestId });
  }

  function respond(req: IncomingMessage, res: ServerResponse): void {
    const url = req.url ?? "/";
    if (url.startsWith("/api/trpc/")) {
      if (doors.trpc === null) res.writeHead(503, notReady).end("Starting.\n");
      else doors.trpc(req, res, nextRequestId());
      return;
    }
    // Below, what the API does itself.
    ignoreUpgrade(req, res);
    const tooMany = refuseHeaderCount(req, limits.headerCount);
    if (tooMany !== null) return refuse(req, res, tooMany);
    if (!url.startsWith("/")) {
      if (toOriginForm(req, res)) respond(req, res);
      return;
    }
    if (isFor("/healthz", url)) return answerAlive(res);
    if (isFor("/readyz", url)) return answerReady(res, readiness);
    const refusal = refuseEncoded(req) ?? admitOnConnection(req, res, maxPerConnection);
    if (refusal !== null) return refuse(req, res, refusal);
    if (!hostIsUsable(req.headers.host)) {
      return void res.writeHead(400, text).end("The Host header is not a name or an address.\n");
    }
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
  }
  const server = createServer(serverOptions(limits), respond);
  limitConnections(server, limits, options.onDropped);
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
