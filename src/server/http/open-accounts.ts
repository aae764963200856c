import { sessionLifetimes } from "@/server/auth/lifetimes";
import { createSessionCookie, type SessionCookie } from "@/server/auth/session-cookie";
import type { PageRuntime } from "@/server/page-runtime";
import type { PlatformRuntime } from "@/server/runtime";
import { runInScope } from "@weir/core/scope";
import { type AuthDoor, type AuthDoorOptions, createAuthDoor } from "./auth-door";
import type { ReadSession } from "./guarded-pages";

export type AccountDoors = {
  auth: AuthDoor;
  cookie: SessionCookie;
  readSession: ReadSession;
  /** For server components: calls with the session of the request that a page is rendered for. */
  asCaller: PageRuntime["asCaller"];
};

const deadlineMs = 5_000;

type Options = { secret: string } & Pick<AuthDoorOptions, "trustedProxies" | "origins" | "onError">;

/** What of HTTP knows about sessions: the door to sign in and out, the cookie, and who asks for a page. */
export function openAccounts(
  runtime: PlatformRuntime,
  { secret, trustedProxies, origins, onError }: Options,
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

  const inPageScope = <Result>(requestId: string, work: () => Promise<Result>): Promise<Result> => {
    const deadlineAtMs = performance.now() + deadlineMs;
    return runInScope({ request: { id: requestId }, origin: "admin", procedure: "page", deadlineAtMs }, work);
  };

  return {
    asCaller: (headers, work) =>
      inPageScope("page", () => {
        const tokenHash = cookie.read(headers.get("cookie") ?? undefined);
        const verified = tokenHash === null ? Promise.resolve(null) : accounts.verify(tokenHash);
        const session = (): typeof verified => verified;
        return work({
          services,
          client: { kind: "http", address: "page", isLoopback: false },
          session,
          sessionNow: session,
          // A page only reads, and the site that linked to it cannot see what it was answered.
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
      return inPageScope(requestId, () => accounts.verify(tokenHash));
    },
  };
}
