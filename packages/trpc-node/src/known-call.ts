import { getTRPCErrorFromUnknown, type TRPCError } from "@trpc/server";
import { WeirError } from "@weir/core/errors";
import { channels } from "@weir/core/channels";
import { beginCall, endCall } from "./calls-under-way";
import { toTrpcError } from "./errors";
import { currentScope } from "@weir/core/scope";
import { bodyOf } from "./encoded-hits";
import type { Exchange } from "./exchange";
import { publishRequestEnd } from "./request-end";
import type { KnownCall } from "./response-cache";
import { sendAnswer } from "./send-answer";
import type { SharedAnswers } from "./shared-caching";

/**
 * Answers a request whose URL has been validated before, with the value of the entry that it asks for: neither validation
 * nor a procedure runs again. Counted and timed as the call that it stands for.
 *
 * A value that does not exist is left to `unknown`, for the procedure says what that means; a failure goes to `failed` as
 * the procedure would have put it. One of the three happens, and none throws what is not a bug.
 */
export function answerKnown(
  exchange: Exchange,
  { procedure, entry }: KnownCall,
  sharedAnswers: SharedAnswers,
  unknown: () => void,
  failed: (error: TRPCError) => void,
): Promise<void> {
  const startedAt = performance.now();
  const inFlight = beginCall(procedure, null);
  const counts = currentScope()?.counts ?? undefined;
  return entry.get().then(
    (value) => {
      endCall(procedure);
      if (value === null) return unknown();
      const body = bodyOf(value);
      const bytes = Buffer.byteLength(body);
      const endedAtMs = performance.now();
      const durationMs = endedAtMs - startedAt;
      channels.rpc.publish({
        procedure,
        type: "query",
        durationMs,
        ok: true,
        errorCode: null,
        bytes,
        counts,
        inFlight,
        endedAtMs,
      });
      const sharedControl = sharedAnswers.get(procedure) ?? null;
      sendAnswer(exchange, { status: 200, body, headers: null, sharedControl }, bytes);
      publishRequestEnd(exchange, 1);
    },
    (cause: unknown) => {
      endCall(procedure);
      const error = cause instanceof WeirError ? toTrpcError(cause) : getTRPCErrorFromUnknown(cause);
      const endedAtMs = performance.now();
      const durationMs = endedAtMs - startedAt;
      const { code: errorCode } = error;
      const how = { type: "query", ok: false, errorCode } as const;
      channels.rpc.publish({ procedure, durationMs, counts, inFlight, endedAtMs, ...how });
      failed(error);
    },
  );
}
