import type { IncomingMessage, ServerResponse } from "node:http";
import { getTRPCErrorFromUnknown, getTRPCErrorShape, type TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { type SignedIn, signInInput } from "@/server/auth/contract";
import { WeirError } from "@weir/core/errors";
import { type AttemptLimiter, subjectsOf } from "@/server/auth/attempt-limiter";
import type { BetterAuth } from "@/server/auth/better-auth";
import type { PasswordHasher } from "@/server/auth/password-hasher";
import { isOwnOrigin } from "@/server/auth/same-origin";
import { createSessionCookie, type SessionCookie, withSecure } from "@/server/auth/session-cookie";
import type { AccountService } from "@/admin/account/service";
import {
  type AddressSet,
  isTlsAtProxy,
  publishRequestEnd,
  readBody,
  readClientAddress,
  refuse,
  requestScope,
  setApiHeaders,
  toTrpcError,
} from "@weir/trpc-node";
import { t } from "@/server/rpc/init";
import { type Origin, runInScope, traceOf } from "@weir/core/scope";
import { PlatformError } from "@/server/errors";
import { type Session, sessionLifetimes } from "@/server/auth/session";
import type { PageRuntime } from "@/server/page-runtime";
import type { PlatformRuntime } from "@/server/runtime";
import type { ReadSession } from "./guarded-pages";

export type AccountDoors = {
  auth: AuthDoor;
  cookie: SessionCookie;
  readSession: ReadSession;
  /** For server components: calls with the session of the request that a page is rendered for. */
  asCaller: PageRuntime["asCaller"];
};

type AccountOptions = { secret: string } & Pick<AuthDoorOptions, "trustedProxies" | "origins" | "onError">;

/** Opens the HTTP side of sessions: signing in and out, the cookie, and the session of a request for a page. */
export function openAccounts(
  runtime: PlatformRuntime,
  { secret, trustedProxies, origins, onError }: AccountOptions,
): AccountDoors {
  const { services, database, hasher, limiter, authTables: tables } = runtime;
  const { accounts } = services;
  const isSecure = [...origins].some((origin) => origin.startsWith("https:"));
  const cookie = createSessionCookie({ secret, isSecure });
  const { absoluteSeconds } = sessionLifetimes;

  async function openBetterAuth() {
    const { createBetterAuth } = await import("@/server/auth/better-auth");
    return createBetterAuth({ db: database.db, tables, accounts, hasher, secret, isSecure, absoluteSeconds });
  }
  let opened: ReturnType<typeof openBetterAuth> | undefined;
  const betterAuth = (): ReturnType<typeof openBetterAuth> => (opened ??= openBetterAuth());

  const inPageScope = <Result>(requestId: string, origin: Origin, work: () => Promise<Result>): Promise<Result> => {
    const deadlineAtMs = performance.now() + pageDeadlineMs;
    return runInScope({ request: { id: requestId }, origin, procedure: "page", deadlineAtMs }, work);
  };

  return {
    asCaller: (headers, work) =>
      // The procedures of the dashboard say themselves that they are its own.
      inPageScope("page", "app", () => {
        const tokenHash = cookie.read(headers.get("cookie") ?? undefined);
        let verified: Promise<Session | null> | undefined;
        // Looked up on first use: a failure that no procedure awaits would end the process.
        const session = (): Promise<Session | null> =>
          (verified ??= tokenHash === null ? Promise.resolve(null) : accounts.verify(tokenHash));
        return work({
          services,
          client: { kind: "http", address: "page" },
          session,
          sessionNow: session,
          // A page only reads, and the site that linked to it cannot see the response.
          isSameOrigin: (isMutation) => !isMutation,
          hideTimings: () => undefined,
          setSessionToken: () => undefined,
        });
      }),
    cookie,
    auth: createAuthDoor({ accounts, hasher, limiter, cookie, betterAuth, trustedProxies, origins, onError }),
    readSession: async ({ headers }, requestId) => {
      const tokenHash = cookie.read(headers.cookie);
      if (tokenHash === null) return null;
      return inPageScope(requestId, "admin", () => accounts.verify(tokenHash));
    },
  };
}

export type AuthDoorOptions = {
  accounts: AccountService;
  hasher: PasswordHasher;
  limiter: AttemptLimiter;
  cookie: SessionCookie;
  /** Loaded on first use: loading takes longer than the rest of the start. */
  betterAuth: () => Promise<BetterAuth>;
  trustedProxies: AddressSet;
  origins: ReadonlySet<string>;
  /** Called for each attempt that fails. */
  onError?: ((failure: { error: TRPCError; requestId: string }) => void) | undefined;
};

export type AuthDoor = (req: IncomingMessage, res: ServerResponse, requestId: string) => void;

type Reply = { body: object; cookies: string[] };

const bodyBytes = 4_096;
const deadlineMs = 15_000;
const pageDeadlineMs = 5_000;
const maxUserAgentLength = 400;

function sendFailure(res: ServerResponse, error: TRPCError): void {
  const config = t._config;
  const shape = getTRPCErrorShape({
    config,
    error,
    type: "unknown",
    path: undefined,
    input: undefined,
    ctx: undefined,
  });
  const { retryAfterSeconds } = error.cause instanceof WeirError ? error.cause.facts : {};
  if (retryAfterSeconds !== undefined) res.setHeader("retry-after", String(retryAfterSeconds));
  res.statusCode = getHTTPStatusCodeFromError(error);
  res.end(JSON.stringify({ error: shape }));
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const body = await readBody(req, bodyBytes);
  if (typeof body === "string") return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Signing in and out: the two paths of better-auth that are open. Everything else under /api/auth is a 404. Accepts only
 * `application/json` from a page of this server (rule S2).
 */
function createAuthDoor(options: AuthDoorOptions): AuthDoor {
  const { accounts, hasher, limiter, cookie, betterAuth, trustedProxies, origins } = options;

  async function signIn(req: IncomingMessage, requestId: string): Promise<Reply> {
    const parsed = signInInput.safeParse(await readJson(req));
    // An invalid email or password gets the message for a wrong one.
    if (!parsed.success) throw new PlatformError("CREDENTIALS_WRONG");
    const { email, password } = parsed.data;
    const address = readClientAddress(req, trustedProxies);
    const from = { address, requestId };
    // Before the attempt is counted, so that the number of counters is bounded by the number of hashes.
    hasher.assertRoom();
    const attempt = await limiter.take(subjectsOf(email, address));
    const auth = await betterAuth();
    const userAgent = (req.headers["user-agent"] ?? "").slice(0, maxUserAgentLength);
    let cookies: string[] = [];
    try {
      cookies = await auth.signIn({ email, password }, { ...from, userAgent });
    } catch (error) {
      const isWrong = error instanceof WeirError && error.code === "CREDENTIALS_WRONG";
      // An attempt that did not check the password does not count.
      if (!isWrong) await attempt.giveBack();
      else await accounts.noteFailedSignIn(email, from);
      throw error;
    }
    await attempt.giveBack();
    const session = await sessionOf(cookies);
    const before = cookie.read(req.headers.cookie);
    // The new session replaces the old one.
    if (before !== null) await accounts.signOut(before, from);
    const { userId: id, name, role, mustChangePassword } = session;
    const body: SignedIn = { user: { id, email: session.email, name, role }, mustChangePassword };
    return { body, cookies };
  }

  async function sessionOf(cookies: readonly string[]) {
    const own = cookies.find((line) => line.startsWith(`${cookie.name}=`));
    const tokenHash = cookie.read(own);
    const session = tokenHash === null ? null : await accounts.verify(tokenHash);
    // It was ended in the meantime.
    if (session === null) throw new PlatformError("CREDENTIALS_WRONG");
    return session;
  }

  async function signOut(req: IncomingMessage, requestId: string): Promise<Reply> {
    const tokenHash = cookie.read(req.headers.cookie);
    const address = readClientAddress(req, trustedProxies);
    // Ours first: better-auth reports success even when it cannot reach the database.
    if (tokenHash !== null) await accounts.signOut(tokenHash, { address, requestId });
    const auth = await betterAuth();
    return { body: { success: true }, cookies: await auth.signOut(req.headers.cookie ?? "") };
  }

  const paths: Readonly<Record<string, typeof signIn>> = {
    "/api/auth/sign-in/email": signIn,
    "/api/auth/sign-out": signOut,
  };

  function isForeign({ headers }: IncomingMessage): boolean {
    const { origin, host } = headers;
    const site = headers["sec-fetch-site"];
    if (!isOwnOrigin({ origin, host, fetchSite: undefined }, origins)) return true;
    return site !== undefined && site !== "same-origin";
  }

  async function respond(req: IncomingMessage, res: ServerResponse, requestId: string): Promise<void> {
    const path = (req.url ?? "").split("?", 1)[0] ?? "";
    const act = Object.hasOwn(paths, path) ? paths[path] : undefined;
    if (act === undefined) return refuse(req, res, { status: 404, code: "NOT_FOUND", message: "No such endpoint." });
    if (req.method !== "POST") {
      const message = "Use POST.";
      return refuse(req, res, { status: 405, code: "METHOD_NOT_SUPPORTED", message, headers: { allow: "POST" } });
    }
    const type = (req.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
    if (type !== "application/json") {
      const message = "A POST must have the content type application/json.";
      return refuse(req, res, { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message });
    }
    if (isForeign(req)) throw new PlatformError("CROSS_SITE");
    const { body, cookies } = await act(req, requestId);
    const own = cookies.filter((line) => line.startsWith(`${cookie.name}=`));
    const isTls = isTlsAtProxy(req, trustedProxies);
    if (own.length > 0) res.setHeader("set-cookie", isTls ? own.map(withSecure) : own);
    res.statusCode = 200;
    res.end(JSON.stringify(body));
  }

  return (req, res, requestId) => {
    res.setHeader("x-request-id", requestId);
    setApiHeaders(res);
    res.setHeader("cache-control", "private, no-store");
    res.setHeader("vary", "cookie");
    res.setHeader("content-type", "application/json");
    const startedAt = performance.now();
    const deadlineAtMs = startedAt + deadlineMs;
    const request = requestScope(req, requestId);
    const scope = { request, origin: "admin", procedure: "auth", deadlineAtMs } as const;
    void runInScope(scope, () =>
      respond(req, res, requestId)
        .catch((cause: unknown) => {
          if (res.headersSent) return void res.destroy();
          const error = cause instanceof WeirError ? toTrpcError(cause) : getTRPCErrorFromUnknown(cause);
          options.onError?.({ error, requestId });
          res.setHeader("x-trace-id", traceOf(request).traceId);
          sendFailure(res, error);
        })
        .finally(() => publishRequestEnd({ request, startedAt }, 1)),
    );
  };
}
