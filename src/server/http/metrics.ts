import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** True for a client on this machine, or one that sends `Authorization: Bearer <METRICS_TOKEN>`. */
export function mayReadMetrics(req: IncomingMessage, isLoopback: boolean, token: string | undefined): boolean {
  if (isLoopback) return true;
  const sent = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1];
  return token !== undefined && sent !== undefined && timingSafeEqual(digest(sent), digest(token));
}

/** Answers with the process's own metrics as Prometheus text. */
export function answerMetrics(res: ServerResponse, render: () => string): void {
  res.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
  res.end(render());
}
