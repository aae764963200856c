import type { TRPCError } from "@trpc/server";
import { currentScope } from "@weir/core/scope";
import { errorFrom } from "../errors";
import type { Exchange } from "../handler-options";
import type { SharedResponses } from "../meta";
import { beginCall, endCall, publishCall, publishRequestEnd } from "../observe";
import { sendResponse } from "../respond/send-response";
import { bodyOf, type KnownCall } from "./encoded-hits";

/**
 * Answers a request whose URL has been validated before with the value of its entry: neither validation nor a procedure
 * runs again. It is counted and timed as the call that it replaces.
 *
 * `failed` gets the error of a failed read, and of a null value where `absent` makes one; `unknown` runs the procedure for
 * a null value whose meaning only the procedure knows, which reads the entry once more.
 */
export function respondKnown(
  exchange: Exchange,
  { procedure, entry, absent }: KnownCall,
  sharedResponses: SharedResponses,
  unknown: () => void,
  failed: (error: TRPCError) => void,
): Promise<void> {
  const startedAt = performance.now();
  const inFlight = beginCall(procedure, null);
  const counts = currentScope()?.counts ?? undefined;
  return entry.get().then(
    (value) => {
      endCall(procedure);
      if (value === null) {
        if (absent === undefined) return unknown();
        const error = errorFrom(absent());
        publishCall(procedure, "query", startedAt, performance.now(), error.code, undefined, counts, inFlight);
        return failed(error);
      }
      const body = bodyOf(value);
      const bytes = Buffer.byteLength(body);
      publishCall(procedure, "query", startedAt, performance.now(), null, bytes, counts, inFlight);
      const sharedControl = sharedResponses.get(procedure) ?? null;
      sendResponse(exchange, { status: 200, body, headers: null, sharedControl, isPersonal: false }, bytes);
      publishRequestEnd(exchange, 1);
    },
    (cause: unknown) => {
      endCall(procedure);
      const error = errorFrom(cause);
      publishCall(procedure, "query", startedAt, performance.now(), error.code, undefined, counts, inFlight);
      failed(error);
    },
  );
}
