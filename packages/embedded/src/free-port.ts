import { createServer } from "node:net";

function listens(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const taken = address !== null && typeof address !== "string" ? address.port : null;
      server.close(() => resolve(taken));
    });
  });
}

/** A TCP port of loopback that was free a moment ago: the preferred one when it is, else one of the system's choice. */
export async function freePort(preferred?: number): Promise<number> {
  const port = (preferred === undefined ? null : await listens(preferred)) ?? (await listens(0));
  if (port === null) throw new Error("The system has no free port on 127.0.0.1.");
  return port;
}
