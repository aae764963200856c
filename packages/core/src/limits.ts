/** What one request may hold unless it is configured otherwise; the typed client keeps to it, the server enforces it. */
export const defaultRequestLimits = {
  /** Path and query, in characters. */
  urlLength: 8_192,
  bodyBytes: 64_000,
  /** Calls in a batch. */
  batchLength: 20,
} as const;
