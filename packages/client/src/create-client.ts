import { createTRPCClient, type TRPCClient } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { timerMs } from "@weir/core/timers";
import { errorOfResponse, readError, WeirClientError } from "./error";
import { Closing, createLinks } from "./links";
import { readOptions, type Settings, type WeirClientOptions } from "./options";
import { createCookieJar, createSender, isJson, type SendRequest } from "./request";

export type Credentials = { email: string; password: string };

/** The user that signed in, and whether the password has to be changed first (`account.changePassword`). */
export type SignedIn = {
  user: { id: string; email: string; name: string; role: "viewer" | "operator" | "admin" };
  mustChangePassword: boolean;
};

export type WeirSession = {
  /**
   * Starts a session, whose cookie is kept in memory; in a browser the browser keeps it. Rejects with a WeirClientError.
   */
  signIn: (credentials: Credentials) => Promise<SignedIn>;
  /** Ends the session. */
  signOut: () => Promise<void>;
  /** Ends subscriptions, and fails calls in flight and later ones with the code `CLOSED`. */
  close: () => void;
};

/** Every procedure of the router by its path, and the session of this client. */
export type WeirClient<Router extends AnyTRPCRouter> = TRPCClient<Router> & WeirSession;

/**
 * A typed client for a Weir server, in Node 20 or newer and in browsers: `weir.order.byId.query({ id })`. A program may have
 * several, each with its own session. Calls reject with a `WeirClientError`. Throws a TypeError for an invalid URL, and a
 * RangeError for `timeoutMs` and `retries` that are none.
 */
export function createWeirClient<Router extends AnyTRPCRouter>(options: WeirClientOptions = {}): WeirClient<Router> {
  const settings = readOptions(options);
  const closing = new Closing();
  const [random, now] = [() => Math.random(), () => Date.now()];
  const send = createSender(settings, createCookieJar(now));
  // Links never look at the router's type.
  const trpc = createTRPCClient<Router>({ links: createLinks({ settings, send, closing, random, now }) });
  const session: WeirSession = {
    signIn: (credentials) => signIn(settings, send, credentials),
    signOut: () => signOut(settings, send),
    close: () => closing.close(),
  };
  // The members of the session shadow paths of the router.
  return new Proxy(trpc, {
    get: (target, key) => (Object.hasOwn(session, key) ? Reflect.get(session, key) : Reflect.get(target, key)),
  }) as WeirClient<Router>;
}

async function signIn(settings: Settings, send: SendRequest, { email, password }: Credentials): Promise<SignedIn> {
  // As the server's contract describes a successful sign-in.
  return (await post(settings, send, "sign-in/email", { email, password })) as SignedIn;
}

async function signOut(settings: Settings, send: SendRequest): Promise<void> {
  await post(settings, send, "sign-out", {});
}

async function post({ authUrl, timeoutMs }: Settings, send: SendRequest, path: string, body: object): Promise<unknown> {
  const signal = timeoutMs === null ? null : AbortSignal.timeout(timerMs(timeoutMs));
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal };
  try {
    const response = await send(`${authUrl}/${path}`, init);
    const text = await response.text();
    if (!response.ok || !isJson(response)) throw errorOfResponse(response, text);
    return JSON.parse(text);
  } catch (cause) {
    // Only errors are thrown here.
    const error = cause as Error;
    if (error.name === "TimeoutError") {
      throw new WeirClientError({ code: "CALL_TIMEOUT", message: `No response within ${timeoutMs} ms.`, cause: error });
    }
    throw readError(error);
  }
}
