import { WeirError } from "@weir/core/errors";
import { isServerFault } from "@weir/core/rpc-codes";
import type { Logger } from "./logger";
import { Throttle } from "./throttle";

/** A request that could not be answered as it should. */
export type LoggedFailure = {
  error: Error;
  /** tRPC's code for it. */
  code: string;
  requestId: string;
  /** The procedure's path; null where it is none. */
  procedure: string | null;
};

/** tRPC wraps what was thrown; the log wants to know what that was. */
function thrown(error: Error): Error {
  return error.name === "TRPCError" && error.cause instanceof Error ? error.cause : error;
}

/**
 * Logs what the server could not do, once per request and with its stack: errors that nobody foresaw as `error`, those of
 * the catalogue (overload, a database that is away) as `warn`. What was refused for the caller's own fault is not logged.
 * Of one code and procedure at most ten a second; the next record says how many were held back.
 */
export function createFailureLog(log: Logger, now: () => number = () => performance.now()) {
  const throttle = new Throttle({ most: 10, perMs: 1_000, now });
  const lastRequest = new WeakMap<Error, string>();
  return ({ error, code, requestId, procedure }: LoggedFailure): void => {
    if (!isServerFault(code)) return;
    const err = thrown(error);
    // One failure may be told at several edges on its way out.
    if (lastRequest.get(err) === requestId) return;
    lastRequest.set(err, requestId);
    const heldBack = throttle.take(`${code} ${procedure ?? ""}`);
    if (heldBack === null) return;
    const facts = { requestId, ...(procedure !== null && { procedure }), code, ...(heldBack > 0 && { heldBack }), err };
    if (err instanceof WeirError) log.warn(facts, "A request failed.");
    else log.error(facts, "A request failed.");
  };
}
