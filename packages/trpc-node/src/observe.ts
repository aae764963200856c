import type { TRPCError } from "@trpc/server";
import { channels } from "@weir/core/channels";
import { WeirError } from "@weir/core/errors";
import { currentScope, type Origin, runInScope, type Scope } from "@weir/core/scope";
import { beginCall, endCall, openCounts } from "./calls-under-way";
import { toTrpcError } from "./errors";

function scopeOf(path: string, origin: Origin | null): Scope {
  const outer = currentScope();
  return {
    request: outer?.request ?? { id: "internal" },
    origin: origin ?? outer?.origin ?? "job",
    procedure: path,
    deadlineAtMs: outer?.deadlineAtMs ?? null,
    counts: openCounts(),
  };
}

type Call = { path: string; type: "query" | "mutation" | "subscription" };
type Result = { ok: true } | { ok: false; error: TRPCError };

/**
 * The middleware of every procedure: names it in the scope, gives errors of a catalogue their tRPC code, and publishes how
 * the call ended, however it ended. One middleware for the three: each one costs every call a round of promises.
 *
 *     const procedure = t.procedure.use((call) => observeCall(null, call, call.next));
 *
 * `origin`: what its calls are counted under; null as the request says.
 */
export function observeCall<Outcome extends Result>(
  origin: Origin | null,
  { path, type }: Call,
  next: () => Promise<Outcome>,
): Promise<Outcome> {
  const startedAt = performance.now();
  const inFlight = beginCall(path, origin);
  const scope = scopeOf(path, origin);
  const counts = scope.counts ?? undefined;
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
          counts,
          inFlight,
          endedAtMs,
        });
        return result;
      }
      const { cause } = result.error;
      const error = cause instanceof WeirError ? toTrpcError(cause) : result.error;
      const errorCode = error.code;
      channels.rpc.publish({ procedure: path, type, durationMs, ok: false, errorCode, counts, inFlight, endedAtMs });
      return { ...result, error };
    }),
  );
}
