import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AppRouter } from "@/server/rpc/root";
import { readTimings } from "./answer";
import type { AnswerLog } from "./answer-log";

function headerOf(context: Record<string, unknown> | undefined): string | null {
  const response = context?.["response"];
  return response instanceof Response ? response.headers.get("server-timing") : null;
}

/**
 * Notes for every answer where it came from and how long it took. Belongs before a link that sends one call per
 * request, since a batch has one header for all its calls. Calls that were given up are not noted: they have no answer.
 */
export function serverTimingLink(log: AnswerLog, nowMs: () => number): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const startedAtMs = nowMs();
        const note = (ok: boolean, header: string | null): void => {
          if (op.signal?.aborted === true) return;
          log.add({
            procedure: op.path,
            input: op.input,
            ok,
            roundTripMs: nowMs() - startedAtMs,
            ...readTimings(header),
          });
        };
        return next(op).subscribe({
          next: (value) => {
            note(true, headerOf(value.context));
            observer.next(value);
          },
          error: (cause) => {
            note(false, headerOf(cause.meta));
            observer.error(cause);
          },
          complete: () => observer.complete(),
        });
      });
}
