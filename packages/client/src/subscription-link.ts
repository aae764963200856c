import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AnyTRPCRouter } from "@trpc/server";
import type { Closing } from "./closing";

/** Ends subscriptions with the client; everything else passes. */
export function subscriptionLink(closing: Closing): TRPCLink<AnyTRPCRouter> {
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
