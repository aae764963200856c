import { channels } from "@weir/core/channels";
import type { Exchange } from "./exchange";

/** Tells that the answer is on its way, if anything of the request was collected: else nobody would want to know. */
export function publishRequestEnd(
  { request, startedAt }: Pick<Exchange, "request" | "startedAt">,
  calls: number,
): void {
  if (request.spans === undefined || request.spans === null) return;
  const endedAtMs = performance.now();
  channels.request.publish({ request, durationMs: endedAtMs - startedAt, endedAtMs, calls });
}
