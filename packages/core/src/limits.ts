/** Default limits of one request. The server enforces them; the typed client stays within them. */
export const defaultRequestLimits = {
  /** Path and query, in characters. */
  urlLength: 8_192,
  bodyBytes: 64_000,
  /** Calls in a batch. */
  batchLength: 20,
} as const;
