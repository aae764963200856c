/** An invalid command line. The message says what is allowed, and the program ends with status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
