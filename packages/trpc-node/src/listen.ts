import type { Server } from "node:http";

/** Thrown when the address cannot be listened on; the message names the cure. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

const reasons: Record<string, (port: number, host: string) => string> = {
  EADDRINUSE: (port) => `Port ${port} is taken by another program. Set PORT to a free one, for example PORT=3100.`,
  EACCES: (port) => `Port ${port} is not allowed to this user. Set PORT to one above 1023.`,
  EADDRNOTAVAIL: (_port, host) => `HOST ${host} is no address of this machine.`,
  ENOTFOUND: (_port, host) => `HOST ${host} cannot be resolved.`,
};

/** Resolves once the server accepts connections; port 0 picks a free one. Rejects with a ListenError. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const reason = reasons[error.code ?? ""]?.(port, host) ?? `Cannot listen on ${host}:${port}: ${error.message}`;
      reject(new ListenError(reason, { cause: error }));
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve();
    });
  });
}
