import { createTRPCClient, type TRPCClient, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { callLink } from "./call-link";
import { Closing } from "./closing";
import { createCookieJar } from "./cookie-jar";
import { errorLink } from "./error-link";
import { readOptions, type WeirClientOptions } from "./options";
import { createSender } from "./request";
import { type Credentials, signIn, type SignedIn, signOut } from "./sign-in";
import { subscriptionLink } from "./subscription-link";
import { transportLink } from "./transport";

export { type ClientErrorCode, isWeirError, WeirClientError, type WeirErrorCode, type WeirErrorData } from "./error";
export type { WeirClientOptions } from "./options";
export type { Credentials, SignedIn } from "./sign-in";

export type WeirSession = {
  /**
   * Starts a session, whose cookie is kept in memory; in a browser the browser keeps it. Resolves with the user, and whether
   * the password has to be changed first (`account.changePassword`). Rejects with a WeirClientError.
   */
  signIn: (credentials: Credentials) => Promise<SignedIn>;
  /** Ends the session. */
  signOut: () => Promise<void>;
  /** Ends subscriptions and fails calls in flight and later ones with the code `CLOSED`. */
  close: () => void;
};

/** Every procedure of the router by its path, and the session of this client. */
export type WeirClient<Router extends AnyTRPCRouter> = TRPCClient<Router> & WeirSession;

/**
 * A typed client for a Weir server, in Node 20 or newer and in browsers: `weir.city.byId.query({ id })`. Several may live
 * in one program, each with its own session. Calls reject with a `WeirClientError`. Throws a TypeError for an invalid URL.
 */
export function createWeirClient<Router extends AnyTRPCRouter>(options: WeirClientOptions = {}): WeirClient<Router> {
  const settings = readOptions(options);
  const { timeoutMs, retries } = settings;
  const closing = new Closing();
  const [random, now] = [() => Math.random(), () => Date.now()];
  const send = createSender(settings, createCookieJar(now));
  const links: TRPCLink<AnyTRPCRouter>[] = [
    subscriptionLink(closing),
    callLink({ timeoutMs, retries, closing, random, now }),
    errorLink(),
    transportLink(settings, send, random),
  ];
  // Links never look at the router's type.
  const trpc = createTRPCClient<Router>({ links: links });
  const session: WeirSession = {
    signIn: (credentials) => signIn(settings, send, credentials),
    signOut: () => signOut(settings, send),
    close: () => closing.close(),
  };
  // What the session has is its own, all else a path of the router.
  return new Proxy(trpc, {
    get: (target, key) => (Object.hasOwn(session, key) ? Reflect.get(session, key) : Reflect.get(target, key)),
  }) as WeirClient<Router>;
}
