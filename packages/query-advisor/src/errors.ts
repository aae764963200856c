import { defineErrors } from "@weir/core/errors";

/** What plans and advice fail with. */
export const AdvisorError = defineErrors({
  STATEMENT_UNKNOWN: {
    rpcCode: "NOT_FOUND",
    message: "No statement with this name ran in this range, and none is remembered.",
    when: "The name is wrong, or what it stood for has left the range and the texts that are kept.",
    fix: "Take the name from `insights.statements`; ask for a longer range.",
  },
  STATEMENT_NOT_EXPLAINABLE: {
    rpcCode: "BAD_REQUEST",
    message: "The database cannot explain this statement.",
    when: "It is no statement over rows, its stored text was cut, or Postgres refused it; the message says which.",
    fix: "Where the type of a placeholder is unknown, write it: `$1::int`.",
  },
  STATEMENT_NOT_ANALYZABLE: {
    rpcCode: "BAD_REQUEST",
    message: "Only a SELECT that neither changes nor locks anything can be analyzed.",
    when: "It writes, locks rows, or calls a function that may do more than answer; the message says which.",
    fix: "Look at its plan without running it.",
  },
  STATEMENT_VALUES_UNKNOWN: {
    rpcCode: "CONFLICT",
    message: "This node has not kept any parameter values for this statement.",
    when: "It is to be run, or planned before Postgres 16, with values of its own, and there are none on this node.",
    fix: "Set `STATEMENT_VALUES=on`, send the statement once through this node, then repeat.",
  },
});
