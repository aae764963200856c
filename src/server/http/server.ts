import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { WeirError } from "@weir/core/errors";
import type { AppHandler } from "./app-handler";
import type { AuthDoor } from "./auth-door";
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
import { answerAlive, answerReady, type Readiness } from "./health";
import { answerMetrics, mayReadMetrics } from "./metrics";
import { createSecurityHeaders, revalidatePages } from "./page-headers";

/** What answers behind the server; filled in while the process starts. */
export type Doors = {
  trpc: AppHandler | null;
  auth: AuthDoor | null;
  pages: Pages | null;
  /** Asked before a page is shown that is not for everybody. */
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
  /** True when browsers reach this server over TLS; they are told to stay with it then. */
  isTls?: boolean;
  limits?: Partial<ConnectionLimits>;
  /** Requests under way on one connection at most. */
  mostPerConnection?: number;
  /** Hears of each page that failed. */
  onPageError?: (error: unknown, requestId: string) => void;
};

const notReady = { "content-type": "text/plain; charset=utf-8", "retry-after": "1", "cache-control": "no-store" };
const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

/** What stands in place of pages on a node without them. */
export async function answerNoPages(_req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.writeHead(404, text).end("This node serves the API only (--role api).\n");
}

/** The path as a router may understand it: decoded, one slash where there were several; null when it cannot be read. */
function readPath(url: string): string | null {
  const end = url.search(/[?#]/);
  try {
    return decodeURIComponent(end === -1 ? url : url.slice(0, end)).replaceAll(/[\\/]+/g, "/");
  } catch {
    return null;
  }
}

/**
 * One server for health, metrics, tRPC and pages. Slow and large requests are cut off, with a word on what is
 * allowed.
 */
export function createHttpServer(options: HttpServerOptions): Server {
  const { doors, readiness, trustedProxies, metricsToken, nextRequestId } = options;
  const { mostPerConnection = defaultLimits.inFlightPerConnection } = options;
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
        // Once started, only a node that records nothing has none.
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
    // The API counts for itself.
    const refusal = admitOnConnection(req, res, mostPerConnection);
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
      // Nobody can say now who may see a page.
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
