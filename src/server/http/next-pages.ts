import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { respondAndClose } from "@weir/trpc-node";
import { type Pages, readBuiltPages, withPagePolicies } from "./page-headers";

export type NextPagesOptions = {
  /** The server that serves the pages, listening. */
  server: Server;
  isDevelopment: boolean;
  /** True when browsers reach the server over TLS. */
  isTls: boolean;
  hostname: string;
  port: number;
  /** The folder of `next.config.js` and the build. */
  dir: string;
};

export type NextPages = {
  pages: Pages;
  /** Ends connections that were upgraded: they never end on their own. */
  endUpgraded: () => void;
};

/**
 * Opens Next in this process.
 *
 * Next adds an `upgrade` listener to the server that it is given, after the first page, for every path; Node then hands it
 * each request with an `Upgrade` header, and what Next has no use for is neither answered nor closed. So Next gets a server
 * that never listens. Without a listener Node answers such a request as if it had not asked for an upgrade, which is what
 * production does. In development, the path of Next's own hot reloading is upgraded, and nothing else is.
 */
export async function openNextPages(options: NextPagesOptions): Promise<NextPages> {
  const { server, isDevelopment, isTls, hostname, port, dir } = options;
  const { default: next } = await import("next");
  const silent = createServer();
  const endUpgraded = isDevelopment ? upgradeHotReloading(server, silent) : () => undefined;
  const app = next({ dev: isDevelopment, dir, hostname, port, httpServer: silent });
  await app.prepare();
  const pages = withPagePolicies(app.getRequestHandler(), {
    pages: isDevelopment ? new Map() : await readBuiltPages(join(dir, ".next", "server", "app")),
    isTls,
    isDevelopment,
    newNonce: () => randomBytes(16).toString("base64"),
  });
  return { pages, endUpgraded };
}

const hotReloading = /^\/_next\/hmr(?:[/?]|$)/;

/** Passes upgrades of one path to `next`'s listeners, and refuses all others. Returns a function that ends what was upgraded. */
export function upgradeHotReloading(server: Server, next: Server): () => void {
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (req, socket, head) => {
    if (!hotReloading.test(req.url ?? "") || next.listenerCount("upgrade") === 0) {
      return respondAndClose(socket, { status: 400, message: "This path does not support upgrades." });
    }
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    next.emit("upgrade", req, socket, head);
  });
  return () => {
    for (const socket of upgraded) socket.destroy();
  };
}
