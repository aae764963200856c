import type { ServerResponse } from "node:http";

/** What `/readyz` says: the state of the process, and who of its parts is missing. */
export type Readiness = { state: "starting" | "ready" | "draining" };

/** The process is alive. Touches nothing else. */
export function answerAlive(res: ServerResponse): void {
  res.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  res.end("ok\n");
}

/** 200 when the process can serve, else 503 with the state. */
export function answerReady(res: ServerResponse, { state }: Readiness): void {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  res.writeHead(state === "ready" ? 200 : 503, state === "ready" ? headers : { ...headers, "retry-after": "1" });
  res.end(`${JSON.stringify({ state })}\n`);
}
