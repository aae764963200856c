// @ts-check

/** An error whose message says it all: shown as one line, without a stack. */
export class ExplainedError extends Error {
  /** @override */
  name = "ExplainedError";
  explained = true;
}
