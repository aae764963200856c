/** A command line that cannot be used; the message says what is allowed. Ends the program with status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
