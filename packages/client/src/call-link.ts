import type { TRPCLink } from "@trpc/client";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import type { AnyTRPCRouter } from "@trpc/server";
import type { Closing } from "./closing";
import { WeirClientError } from "./error";
import { errorOfAbort, readError } from "./read-error";

export type CallRules = {
  timeoutMs: number | null;
  retries: number;
  closing: Closing;
  random: () => number;
  now: () => number;
};

const firstWaitMs = 100;
const longestWaitMs = 5_000;

const isWorthAnotherTry = ({ code, status }: WeirClientError): boolean =>
  code === "NETWORK" || status === 503 || status === 429;

/** Twice as long each time, down to half of it by chance: clients who failed together do not return together. */
function backoffMs(attempt: number, random: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/**
 * Holds a query or a mutation to its time, ends it when its caller or the client gives up, and tries queries again. A wait
 * that would outlast the call is not begun: the call fails with what the server said. Subscriptions pass.
 */
export function callLink({ timeoutMs, retries, closing, random, now }: CallRules): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) => {
      if (op.type === "subscription") return next(op);
      const mostAttempts = op.type === "query" ? 1 + retries : 1;
      return observable((observer) => {
        const endsAtMs = timeoutMs === null ? Number.POSITIVE_INFINITY : now() + timeoutMs;
        let running: Unsubscribable | undefined;
        let waiting: ReturnType<typeof setTimeout> | undefined;
        let isOver = false;

        const attempt = (count: number): void => {
          running = next(op).subscribe({
            next: (envelope) => observer.next(envelope),
            complete: () => observer.complete(),
            error: (cause) => {
              const error = readError(cause, op.signal);
              const waitMs = error.retryAfterMs ?? backoffMs(count, random());
              const isLast = count >= mostAttempts || now() + waitMs >= endsAtMs;
              if (isLast || !isWorthAnotherTry(error)) observer.error(error);
              else waiting = setTimeout(attempt, waitMs, count + 1);
            },
          });
          if (isOver) running.unsubscribe();
        };
        const onTimeout = (): void =>
          observer.error(new WeirClientError({ code: "CALL_TIMEOUT", message: `No answer within ${timeoutMs} ms.` }));
        const onAbort = (): void => {
          if (op.signal) observer.error(errorOfAbort(op.signal));
        };
        const onClosed = (): void =>
          observer.error(new WeirClientError({ code: "CLOSED", message: "The client was closed." }));

        const deadline = timeoutMs === null ? undefined : setTimeout(onTimeout, timeoutMs);
        const forget = closing.listen(onClosed);
        op.signal?.addEventListener("abort", onAbort);
        if (op.signal?.aborted === true) onAbort();
        else if (closing.isClosed) onClosed();
        else attempt(1);

        return () => {
          isOver = true;
          clearTimeout(deadline);
          clearTimeout(waiting);
          forget();
          op.signal?.removeEventListener("abort", onAbort);
          running?.unsubscribe();
        };
      });
    };
}
