import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { listen } from "../lifecycle";

export type OpenServer = {
  port: number;
  origin: string;
  server: Server;
  [Symbol.asyncDispose]: () => Promise<void>;
};

/** Opens a server on a free local port. Disposing of it closes its connections too. */
export async function openServer(listener: RequestListener, options: ServerOptions = {}): Promise<OpenServer> {
  const server = createServer(options, listener);
  await listen(server, 0, "127.0.0.1");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    port: address.port,
    origin: `http://127.0.0.1:${address.port}`,
    server,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
