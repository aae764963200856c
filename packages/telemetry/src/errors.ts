import { defineErrors } from "@weir/core/errors";

/** Errors of reading telemetry. */
export const TelemetryError = defineErrors({
  TELEMETRY_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "Metrics are temporarily unavailable. Recording continues; try again shortly.",
    when: "The Redis that holds the counters did not respond.",
    fix: "Retry with backoff. Check `QUEUE_REDIS_URL` and that Redis is reachable.",
  },
});
