import {
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  type Operation,
  splitLink,
  type TRPCLink,
} from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { timerMs } from "@weir/core/timers";
import { errorOfAbort, readError, WeirClientError } from "./error";
import { createEventSource } from "./event-source";
import type { Settings } from "./options";
import { readableOnly, type SendRequest } from "./request";

export type LinkParts = {
  settings: Settings;
  send: SendRequest;
  closing: Closing;
  random: () => number;
  now: () => number;
};

/** The links of a client, outermost first. */
export function createLinks(parts: LinkParts): TRPCLink<AnyTRPCRouter>[] {
  return [subscriptionLink(parts), callLink(parts), errorLink(), transportLink(parts)];
}

/** Notifies its listeners once that the client was closed. */
export class Closing {
  isClosed = false;
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` when the client is closed; the returned function unsubscribes it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.isClosed = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}

/** Ends subscriptions when the client is closed; everything else passes. */
function subscriptionLink({ closing }: LinkParts): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) => {
      if (op.type !== "subscription") return next(op);
      return observable((observer) => {
        if (closing.isClosed) {
          observer.complete();
          return undefined;
        }
        const inner = next(op).subscribe(observer);
        const forget = closing.listen(() => observer.complete());
        return () => {
          forget();
          inner.unsubscribe();
        };
      });
    };
}

const firstWaitMs = 100;
const maxWaitMs = 5_000;

/**
 * Gives a query or a mutation its timeout, ends it when its caller aborts or the client is closed, and retries queries. It
 * does not start a wait that would outlast the call: the call then fails with the server's error. Subscriptions pass.
 */
function callLink({ settings, closing, random, now }: LinkParts): TRPCLink<AnyTRPCRouter> {
  const { timeoutMs, retries } = settings;
  return () =>
    ({ op, next }) => {
      if (op.type === "subscription") return next(op);
      const maxAttempts = op.type === "query" ? 1 + retries : 1;
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
              const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(count, random()));
              const isLast = count >= maxAttempts || now() + waitMs >= endsAtMs;
              if (isLast || !isRetryable(error)) observer.error(error);
              else waiting = setTimeout(attempt, timerMs(waitMs), count + 1);
            },
          });
          if (isOver) running.unsubscribe();
        };
        const onTimeout = (): void =>
          observer.error(new WeirClientError({ code: "CALL_TIMEOUT", message: `No response within ${timeoutMs} ms.` }));
        const onAbort = (): void => {
          if (op.signal) observer.error(errorOfAbort(op.signal));
        };
        const onClosed = (): void =>
          observer.error(new WeirClientError({ code: "CLOSED", message: "The client was closed." }));

        const deadline = timeoutMs === null ? undefined : setTimeout(onTimeout, timerMs(timeoutMs));
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

const isRetryable = ({ code, status }: WeirClientError): boolean =>
  code === "NETWORK" || status === 503 || status === 429;

/** Doubles each time, with up to half of it random: clients that failed together do not return together. */
function backoffMs(attempt: number, random: number): number {
  return Math.min(maxWaitMs, firstWaitMs * 2 ** (attempt - 1)) * (0.5 + random / 2);
}

/** Turns every error of the links after it into one of this client. */
function errorLink(): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) =>
        next(op).subscribe({
          next: (envelope) => {
            const { result } = envelope;
            if (result.type !== "state" || result.error === null) observer.next(envelope);
            // The reason that a subscription reconnects.
            else observer.next({ ...envelope, result: { ...result, error: readError(result.error) } });
          },
          error: (error) => observer.error(readError(error, op.signal)),
          complete: () => observer.complete(),
        }),
      );
}

/**
 * tRPC's own links: one for the chosen batching, server-sent events for subscriptions, and POST for queries whose URL would
 * be too long.
 */
function transportLink({ settings, send, random }: LinkParts): TRPCLink<AnyTRPCRouter> {
  const { trpcUrl: url, batching, maxUrlLength, maxBatchLength } = settings;
  // The links pass a string and the Fetch API's options; their type allows for other implementations of it.
  const fetch = readableOnly(send) as (url: unknown, init?: unknown) => Promise<Response>;
  const batch = { url, fetch, maxURLLength: maxUrlLength, maxItems: maxBatchLength };
  const usual = {
    off: () => httpLink({ url, fetch }),
    batch: () => httpBatchLink<AnyTRPCRouter>(batch),
    stream: () => httpBatchStreamLink<AnyTRPCRouter>(batch),
  };
  return splitLink({
    condition: (op) => op.type === "subscription",
    true: httpSubscriptionLink({ url, EventSource: createEventSource(send, random) }),
    false: splitLink({
      condition: (op) => op.type === "query" && urlLength(url, op) > maxUrlLength,
      true: httpLink({ url, fetch, methodOverride: "POST" }),
      false: usual[batching](),
    }),
  });
}

/** The length of the call's URL as a batch of one, which is a little longer than as a single call. */
function urlLength(trpcUrl: string, { path, input }: Operation): number {
  const text = input === undefined ? "{}" : encodeURIComponent(JSON.stringify({ 0: input }));
  return `${trpcUrl}/${path}?batch=1&input=`.length + text.length;
}
