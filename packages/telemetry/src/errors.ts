import { defineErrors } from "@weir/core/errors";

/** What reading telemetry fails with. */
export const TelemetryError = defineErrors({
  TELEMETRY_UNAVAILABLE: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "Metrics cannot be read right now. Recording continues; try again shortly.",
    when: "The Redis that holds the counters did not respond.",
    fix: "Retry with backoff. Check `QUEUE_REDIS_URL` and the server.",
  },
});
