import { sessionLifetimes } from "@/server/auth/lifetimes";
import { createSessionCookie, type SessionCookie } from "@/server/auth/session-cookie";
import type { Runtime } from "@/server/runtime";
import { runInScope } from "@weir/core/scope";
import { type AuthDoor, type AuthDoorOptions, createAuthDoor } from "./auth-door";
import type { ReadSession } from "./guarded-pages";

export type AccountDoors = { auth: AuthDoor; cookie: SessionCookie; readSession: ReadSession };

const deadlineMs = 5_000;

type Options = { secret: string } & Pick<AuthDoorOptions, "trustedProxies" | "origins" | "onError">;

/** What of HTTP knows about sessions: the door to sign in and out, the cookie, and who asks for a page. */
export function openAccounts(runtime: Runtime, { secret, trustedProxies, origins, onError }: Options): AccountDoors {
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

  return {
    cookie,
    auth: createAuthDoor({ accounts, hasher, limiter, cookie, betterAuth, trustedProxies, origins, onError }),
    readSession: async ({ headers }, requestId) => {
      const tokenHash = cookie.read(headers.cookie);
      if (tokenHash === null) return null;
      const deadlineAtMs = performance.now() + deadlineMs;
      const scope = { request: { id: requestId }, origin: "admin", procedure: "page", deadlineAtMs } as const;
      return runInScope(scope, () => accounts.verify(tokenHash));
    },
  };
}
