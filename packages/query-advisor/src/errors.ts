import { defineErrors } from "@weir/core/errors";

/** Errors of plans and advice. */
export const AdvisorError = defineErrors({
  STATEMENT_UNKNOWN: {
    rpcCode: "NOT_FOUND",
    message: "No statement with this name ran in this time range, and no text is stored for it.",
    when: "The name is wrong, or the statement last ran before the range and its stored text has expired.",
    fix: "Take the name from `insights.statements`; choose a longer range.",
  },
  STATEMENT_NOT_EXPLAINABLE: {
    rpcCode: "BAD_REQUEST",
    message: "The database cannot explain this statement.",
    when: "It does not operate on rows, its stored text was truncated, or Postgres refused it; the message says which.",
    fix: "If the type of a placeholder is unknown, cast it: `$1::int`.",
  },
  STATEMENT_NOT_ANALYZABLE: {
    rpcCode: "BAD_REQUEST",
    message: "Only a SELECT that neither changes nor locks anything can be analyzed.",
    when: "It writes, locks rows, or calls a function with possible side effects; the message says which.",
    fix: "Explain it without running it.",
  },
  STATEMENT_VALUES_UNKNOWN: {
    rpcCode: "CONFLICT",
    message: "This node has not kept any parameter values for this statement.",
    when: "To run it, or to plan it before Postgres 16, values are needed, and this node has none.",
    fix: "Set `STATEMENT_VALUES=on`, send the statement once through this node, then retry.",
  },
});
