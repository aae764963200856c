/** tRPC's codes for what the caller did, or asked for in vain. All others, and unknown ones, are the server's own fault. */
const ofTheCaller: ReadonlySet<string> = new Set([
  "PARSE_ERROR",
  "BAD_REQUEST",
  "UNAUTHORIZED",
  "PAYMENT_REQUIRED",
  "FORBIDDEN",
  "NOT_FOUND",
  "METHOD_NOT_SUPPORTED",
  "CONFLICT",
  "PRECONDITION_FAILED",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "UNPROCESSABLE_CONTENT",
  "PRECONDITION_REQUIRED",
  "TOO_MANY_REQUESTS",
  "CLIENT_CLOSED_REQUEST",
]);

/** Whether an error with this tRPC code says that the server failed: NOT_FOUND is an answer, INTERNAL_SERVER_ERROR is not. */
export function isServerFault(code: string): boolean {
  return !ofTheCaller.has(code);
}
