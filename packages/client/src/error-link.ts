import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AnyTRPCRouter } from "@trpc/server";
import { readError } from "./read-error";

/** Makes every error of the links after it one of this client. */
export function errorLink(): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) =>
        next(op).subscribe({
          next: (envelope) => {
            const { result } = envelope;
            if (result.type !== "state" || result.error === null) observer.next(envelope);
            // What a subscription reconnects after.
            else observer.next({ ...envelope, result: { ...result, error: readError(result.error) } });
          },
          error: (error) => observer.error(readError(error, op.signal)),
          complete: () => observer.complete(),
        }),
      );
}
