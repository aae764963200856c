import { AsyncLocalStorage } from "node:async_hooks";
import { betterAuth, type BetterAuthOptions } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { APIError } from "better-auth/api";
import { WeirError } from "@weir/core/errors";
import { longestPassword } from "./password-rule.js";
import type { Db } from "@weir/postgres";
import type { AccountService } from "@/admin/account/service";
import type { PasswordHasher } from "./password-hasher";
import { sessionCookieName } from "./session-cookie";
import { hashToken } from "./session-cookie";
import { PlatformError } from "@/server/errors";

export type BetterAuthTools = {
  db: Db;
  /** The tables under the names of better-auth's models. */
  tables: Record<string, unknown>;
  accounts: AccountService;
  hasher: PasswordHasher;
  secret: string;
  isSecure: boolean;
  absoluteSeconds: number;
};

/** One sign-in attempt: its origin, and what better-auth does not pass from one step to the next. */
export type SignInAttempt = {
  readonly address: string;
  readonly requestId: string;
  /** The hash that the password matched. */
  verifiedHash: string | null;
};

/** Header that better-auth reads the client's address from. Only `auth-door` sets it; a client's own value is dropped. */
const addressHeader = "x-weir-client-address";
/** Never visible outside: `auth-door` passes better-auth what it needs from the request. */
const internalOrigin = "http://weir.internal";

type Adapter = ReturnType<ReturnType<typeof drizzleAdapter>>;
type CreateArguments = { model: string; data: Record<string, unknown> };
type Row = Record<string, unknown>;

const textOf = (row: Row, name: string): string => String(row[name]);

/** better-auth on our tables. Its handler signs users in and out; everything else is disabled. */
export function createBetterAuth(tools: BetterAuthTools) {
  const { db, tables, accounts, hasher, secret, isSecure, absoluteSeconds } = tools;
  const attempts = new AsyncLocalStorage<SignInAttempt>();
  const config = { provider: "pg", schema: tables } as const;

  /** Starts a session and writes everything that belongs to it in one transaction. Only the hash of its token is stored. */
  async function createSession(options: BetterAuthOptions, { data, ...rest }: CreateArguments): Promise<Row> {
    const attempt = attempts.getStore();
    if (attempt === undefined) throw new TypeError("A session can only start during a sign-in attempt.");
    const token = textOf(data, "token");
    return db.transaction(async (tx) => {
      const within = drizzleAdapter(tx, config)(options);
      const session: Row = await within.create({ ...rest, data: { ...data, token: hashToken(token) } });
      const { address, requestId, verifiedHash } = attempt;
      const begun = { id: textOf(session, "id"), userId: textOf(session, "userId"), verifiedHash };
      await accounts.beginSession(tx, begun, { address, requestId });
      return { ...session, token };
    });
  }

  const database = (options: BetterAuthOptions): Adapter => {
    const adapter = drizzleAdapter(db, config)(options);
    const create = async (given: CreateArguments): Promise<unknown> =>
      given.model === "session" ? createSession(options, given) : adapter.create(given);
    const findOne = async (given: Parameters<Adapter["findOne"]>[0]): Promise<unknown> => {
      const [where] = given.where;
      const asksForAccounts = given.model === "user" && where?.field === "email" && given.join?.account !== undefined;
      return asksForAccounts ? accounts.findForSignIn(String(where.value)) : adapter.findOne(given);
    };
    // The caller declares the row type, as in the adapter.
    return { ...adapter, create, findOne } as Adapter;
  };

  const auth = betterAuth({
    baseURL: internalOrigin,
    basePath: "/api/auth",
    secret,
    database,
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      // Our password rule applies. better-auth's would refuse long passwords without computing a hash, and counts UTF-16 units.
      maxPasswordLength: 4 * longestPassword,
      password: {
        hash: hasher.hash,
        verify: async ({ hash, password }) => {
          const { isDisabled, hash: plain } = accounts.readStoredHash(hash);
          const isRight = await hasher.verify(plain, password);
          const attempt = attempts.getStore();
          if (isRight && attempt !== undefined) attempt.verifiedHash = plain;
          return isRight && !isDisabled;
        },
      },
    },
    session: { expiresIn: absoluteSeconds, cookieCache: { enabled: false } },
    // Our limiter counts across all nodes.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // `auth-door` responds and logs.
    logger: { disabled: true },
    onAPIError: { throw: true },
    advanced: {
      ipAddress: { ipAddressHeaders: [addressHeader] },
      // The cookie name already has the prefix.
      useSecureCookies: false,
      cookies: {
        session_token: {
          name: sessionCookieName({ secret, isSecure }),
          attributes: { httpOnly: true, sameSite: "lax", secure: isSecure, path: "/" },
        },
      },
    },
  });

  /** The matching error of the catalogue. Every problem with an email or a password gets the same message. */
  function toWeirError(error: unknown): unknown {
    if (error instanceof WeirError || !(error instanceof APIError)) return error;
    return error.statusCode < 500 ? new PlatformError("CREDENTIALS_WRONG") : error;
  }

  const send = (path: string, headers: Record<string, string>, body: object): Promise<Response> =>
    auth.handler(
      new Request(`${internalOrigin}/api/auth${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: internalOrigin, ...headers },
        body: JSON.stringify(body),
      }),
    );

  return {
    auth,

    /**
     * Signs in. Returns the session's `Set-Cookie`.
     * @throws WeirError CREDENTIALS_WRONG, SIGN_IN_BUSY, and those of the database
     */
    signIn: async (credentials: { email: string; password: string }, from: SignInFrom): Promise<string[]> => {
      const { address, requestId, userAgent } = from;
      try {
        const response = await attempts.run({ address, requestId, verifiedHash: null }, () =>
          send("/sign-in/email", { [addressHeader]: address, "user-agent": userAgent }, credentials),
        );
        if (!response.ok) throw new PlatformError("CREDENTIALS_WRONG");
        return response.headers.getSetCookie();
      } catch (error) {
        throw toWeirError(error);
      }
    },

    /** `Set-Cookie` that makes a browser forget the session. */
    signOut: async (cookieHeader: string): Promise<string[]> => {
      const response = await send("/sign-out", { cookie: cookieHeader }, {});
      return response.headers.getSetCookie();
    },
  };
}

export type SignInFrom = { address: string; requestId: string; userAgent: string };
export type BetterAuth = ReturnType<typeof createBetterAuth>;
