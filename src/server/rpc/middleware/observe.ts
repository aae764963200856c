import { WeirError } from "@/shared/errors";
import { channels } from "../../channels";
import { currentScope, type Origin, runInScope, type Scope } from "../../scope";
import { beginCall, endCall, openTally } from "../calls-under-way";
import { t, toTrpcError } from "../init";

function scopeOf(path: string, origin: Origin | null): Scope {
  const outer = currentScope();
  return {
    request: outer?.request ?? { id: "internal" },
    origin: origin ?? outer?.origin ?? "job",
    procedure: path,
    deadlineAtMs: outer?.deadlineAtMs ?? null,
    tally: openTally(),
  };
}

/**
 * Names the procedure in the scope, gives errors of the catalogue their tRPC code, and publishes how the call ended,
 * whatever the end. One middleware for the three: each one costs every call a round of promises.
 */
export const observe = (origin: Origin | null) =>
  t.middleware(({ next, path, type }) => {
    const startedAt = performance.now();
    const inFlight = beginCall(path, origin);
    const scope = scopeOf(path, origin);
    const tally = scope.tally ?? undefined;
    return runInScope(scope, () =>
      // next() never rejects: a failure resolves as { ok: false }.
      next().then((result) => {
        const endedAtMs = performance.now();
        const durationMs = endedAtMs - startedAt;
        endCall(path);
        if (result.ok) {
          channels.rpc.publish({
            procedure: path,
            type,
            durationMs,
            ok: true,
            errorCode: null,
            bytes: undefined,
            tally,
            inFlight,
            endedAtMs,
          });
          return result;
        }
        const { cause } = result.error;
        const error = cause instanceof WeirError ? toTrpcError(cause) : result.error;
        const errorCode = error.code;
        channels.rpc.publish({ procedure: path, type, durationMs, ok: false, errorCode, tally, inFlight, endedAtMs });
        return { ...result, error };
      }),
    );
  });
