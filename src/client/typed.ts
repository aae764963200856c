import { createTRPCClient, type TRPCClient } from "@trpc/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { SignedIn } from "@/contracts/accounts";
import type { AppRouter } from "@/server/rpc/root";
import { callLink } from "./typed/call-link";
import { Closing } from "./typed/closing";
import { createCookieJar } from "./typed/cookie-jar";
import { errorLink } from "./typed/error-link";
import { readOptions, type WeirClientOptions } from "./typed/options";
import { createSender } from "./typed/request";
import { type Credentials, signIn, signOut } from "./typed/sign-in";
import { subscriptionLink } from "./typed/subscription-link";
import { transportLink } from "./typed/transport";

export type { SignedIn } from "@/contracts/accounts";
export type { AppRouter } from "@/server/rpc/root";
export type { ErrorCode } from "@/shared/errors";
export {
  type ClientErrorCode,
  isWeirError,
  WeirClientError,
  type WeirErrorCode,
  type WeirErrorData,
} from "./typed/error";
export type { WeirClientOptions } from "./typed/options";
export type { Credentials } from "./typed/sign-in";

/** The input of each procedure: `WeirInputs["city"]["search"]`. */
export type WeirInputs = inferRouterInputs<AppRouter>;
/** The answer of each procedure: `WeirOutputs["city"]["byId"]`. */
export type WeirOutputs = inferRouterOutputs<AppRouter>;

type Session = {
  /**
   * Begins a session, whose cookie is kept in memory; in a browser the browser keeps it. Answers who it is, and whether the
   * password has to be changed first (`account.changePassword`). Rejects with a WeirClientError.
   */
  signIn: (credentials: Credentials) => Promise<SignedIn>;
  /** Ends the session. */
  signOut: () => Promise<void>;
  /** Ends subscriptions and fails calls that are under way and those that come, with the code `CLOSED`. */
  close: () => void;
};

/** Every procedure by its path, and the session of this client. */
export type WeirClient = TRPCClient<AppRouter> & Session;

/**
 * A typed client for a Weir server, in Node 20 or newer and in browsers: `weir.city.byId.query({ id })`. Several may live
 * in one program, each with its own session. Calls reject with a `WeirClientError`. Throws a TypeError for a URL that is
 * none.
 */
export function createWeirClient(options: WeirClientOptions = {}): WeirClient {
  const settings = readOptions(options);
  const { timeoutMs, retries } = settings;
  const closing = new Closing();
  const [random, now] = [() => Math.random(), () => Date.now()];
  const send = createSender(settings, createCookieJar(now));
  const trpc = createTRPCClient<AppRouter>({
    links: [
      subscriptionLink(closing),
      callLink({ timeoutMs, retries, closing, random, now }),
      errorLink(),
      transportLink(settings, send, random),
    ],
  });
  const session: Session = {
    signIn: (credentials) => signIn(settings, send, credentials),
    signOut: () => signOut(settings, send),
    close: () => closing.close(),
  };
  // What the session has is its own, all else a path of the router.
  return new Proxy(trpc, {
    get: (target, key) => (Object.hasOwn(session, key) ? Reflect.get(session, key) : Reflect.get(target, key)),
  }) as WeirClient;
}
