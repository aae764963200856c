import { channels } from "@weir/core/channels";
import type { Logger } from "./logger";
import { Throttle } from "./throttle";

const slowMs = 1_000;

/**
 * Logs each query and mutation that took longer than a second, as `warn`; of one procedure at most ten a second. Returns
 * the function that ends it.
 */
export function logSlowCalls(log: Logger, now: () => number = () => performance.now()): () => void {
  const throttle = new Throttle({ most: 10, perMs: 1_000, now });
  return channels.rpc.subscribe(({ procedure, type, durationMs, ok, errorCode }) => {
    if (durationMs <= slowMs || type === "subscription") return;
    const heldBack = throttle.take(procedure);
    if (heldBack === null) return;
    const facts = { procedure, durationMs: Math.round(durationMs), ok, ...(errorCode !== null && { code: errorCode }) };
    log.warn({ ...facts, ...(heldBack > 0 && { heldBack }) }, "A call took long.");
  });
}
