import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** True for a client on this machine, or one that sends `Authorization: Bearer <METRICS_TOKEN>`. */
export function mayReadMetrics(req: IncomingMessage, isLoopback: boolean, token: string | undefined): boolean {
  if (isLoopback) return true;
  const sent = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1];
  return token !== undefined && sent !== undefined && timingSafeEqual(digest(sent), digest(token));
}

const isPrematureClose = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";

/** Who does not read on for so long gets no more. */
const stalledMs = 10_000;

/** Answers with the process's own metrics as Prometheus text, as fast as they are made and read. */
export async function answerMetrics(res: ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  res.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
  res.setTimeout(stalledMs, () => res.destroy());
  try {
    await pipeline(pieces, res);
  } catch (error) {
    // A client that leaves is no failure, and no more of the page is made for it.
    if (!res.destroyed || !isPrematureClose(error)) throw error;
  }
}
