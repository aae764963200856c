import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { inspect } from "node:util";
import type { AppHandler } from "./app-handler";
import { type ClientAddress, readClientAddress } from "./client-address";
import { type ConnectionLimits, defaultConnectionLimits, limitConnections } from "./connection-limits";
import { answerAlive, answerReady, type Readiness } from "./health";
import { answerMetrics, mayReadMetrics } from "./metrics";
import { revalidatePages } from "./page-headers";

/** What answers behind the server; filled in while the process starts. */
export type Doors = {
  trpc: AppHandler | null;
  pages: ((req: IncomingMessage, res: ServerResponse) => Promise<void>) | null;
  metrics: (() => string) | null;
};

export type HttpServerOptions = {
  doors: Doors;
  readiness: Readiness;
  trustedProxies: ReadonlySet<string>;
  metricsToken: string | undefined;
  /** Unique per request within the fleet. */
  nextRequestId: () => string;
  limits?: Partial<ConnectionLimits>;
};

const notReady = { "content-type": "text/plain; charset=utf-8", "retry-after": "1", "cache-control": "no-store" };
const text = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const dashboardIsLocal =
  "The dashboard answers only to a browser on the same machine.\n" +
  "From elsewhere: ssh -L 3000:127.0.0.1:3000 <this machine>, then open http://localhost:3000/admin\n";

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

function securityHeaders(res: ServerResponse): void {
  res.setHeader("x-content-type-options", "nosniff");
  res.setHeader("x-frame-options", "DENY");
  res.setHeader("referrer-policy", "strict-origin-when-cross-origin");
}

/**
 * One server for health, metrics, tRPC and pages. Slow and large requests are cut off, with a word on what is
 * allowed.
 */
export function createHttpServer(options: HttpServerOptions): Server {
  const { doors, readiness, trustedProxies, metricsToken, nextRequestId } = options;
  const limits = { ...defaultConnectionLimits, ...options.limits };

  async function answerOther(req: IncomingMessage, res: ServerResponse, url: string): Promise<void> {
    const client = (): ClientAddress => readClientAddress(req, trustedProxies);
    const path = readPath(url);
    if (path === null) return void res.writeHead(400, text).end("The path is not valid percent-encoding.\n");

    if (path === "/metrics") {
      if (!mayReadMetrics(req, client().isLoopback, metricsToken)) {
        return void res.writeHead(403, text).end("Metrics need METRICS_TOKEN as a bearer token.\n");
      }
      if (doors.metrics === null) return void res.writeHead(503, notReady).end("Starting.\n");
      return answerMetrics(res, doors.metrics);
    }
    // A first line only: what the dashboard shows is guarded by its procedures.
    if (/^\/admin/i.test(path) && !client().isLoopback) return void res.writeHead(403, text).end(dashboardIsLocal);
    if (doors.pages === null) return void res.writeHead(503, notReady).end("Starting.\n");
    revalidatePages(res);
    await doors.pages(req, res);
  }

  const server = createServer({ maxHeaderSize: limits.headerBytes }, (req, res) => {
    const url = req.url ?? "/";
    if (url.startsWith("/api/trpc/")) {
      if (doors.trpc === null) res.writeHead(503, notReady).end("Starting.\n");
      else doors.trpc(req, res, nextRequestId());
      return;
    }
    if (url === "/healthz") return answerAlive(res);
    if (url === "/readyz") return answerReady(res, readiness);
    const requestId = nextRequestId();
    res.setHeader("x-request-id", requestId);
    securityHeaders(res);
    answerOther(req, res, url).catch((error: unknown) => {
      const message = "A page failed.";
      console.error(JSON.stringify({ level: "error", requestId, message, error: inspect(error) }));
      if (res.headersSent) res.destroy();
      else res.writeHead(500, text).end("Something went wrong on the server.\n");
    });
  });
  limitConnections(server, limits);
  return server;
}
