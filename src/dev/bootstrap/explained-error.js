// @ts-check

/** An error with a self-contained message, shown as one line without a stack. */
export class ExplainedError extends Error {
  /** @override */
  name = "ExplainedError";
  explained = true;
}
