import { storedText, typedText, z } from "@/server/rpc/zod";
import { longestPassword, passwordProblem } from "./password-rule.js";
import { type Role, roles } from "./roles";

export * from "./roles";
export const roleSchema = z.enum(roles);

export const emailSchema = z.string().trim().toLowerCase().max(254).pipe(z.email());
export const userNameSchema = typedText(100).min(1);
const idSchema = storedText(64).min(1);
/** A password as entered at sign-in, with at most the maximum length. */
const givenPasswordSchema = storedText(4 * longestPassword).min(1);
const newPasswordSchema = storedText(4 * longestPassword).superRefine((password, context) => {
  const problem = passwordProblem(password);
  if (problem !== null) context.addIssue({ code: "custom", message: `The password ${problem}.` });
});

/** POST /api/auth/sign-in/email. */
export const signInInput = z.strictObject({ email: emailSchema, password: givenPasswordSchema });

/** The body of an error response of /api/auth/*: tRPC's envelope, so clients parse both the same way. */
export type AuthFailure = {
  error: {
    message: string;
    data: {
      code: string;
      httpStatus: number;
      /** A code listed in `docs/errors.md`. */
      weirCode: string | null;
      /** With 429 and 503, as the header `Retry-After`. */
      retryAfterSeconds?: number;
    };
  };
};

/** The response body of a successful sign-in; the session is in a cookie. */
export type SignedIn = { user: { id: string; email: string; name: string; role: Role }; mustChangePassword: boolean };

export const accountRevokeSessionInput = z.strictObject({ id: idSchema });
export const accountChangePasswordInput = z.strictObject({
  currentPassword: givenPasswordSchema,
  newPassword: newPasswordSchema,
});
export const accountChangeNameInput = z.strictObject({ name: userNameSchema });
export const userInput = z.strictObject({ id: idSchema });
export const userCreateInput = z.strictObject({ email: emailSchema, name: userNameSchema, role: roleSchema });
export const userSetRoleInput = z.strictObject({ id: idSchema, role: roleSchema });

export type UserCreateInput = z.infer<typeof userCreateInput>;
export type UserSetRoleInput = z.infer<typeof userSetRoleInput>;
export type AccountChangePasswordInput = z.infer<typeof accountChangePasswordInput>;

/** The signed-in user; null when signed out. */
export type Me = {
  id: string;
  email: string;
  name: string;
  role: Role;
  sessionId: string;
  /**
   * True while the password is temporary: until it is changed, every call except `account.*` fails with
   * PASSWORD_CHANGE_REQUIRED.
   */
  mustChangePassword: boolean;
} | null;

/** Dates are ISO 8601. */
export type SessionSummary = {
  id: string;
  createdAt: string;
  /** At most a minute behind. */
  lastSeenAt: string;
  /** When the session ends at the latest. An unused session ends earlier. */
  expiresAt: string;
  address: string | null;
  userAgent: string | null;
  /** Whether this call uses the session. */
  isCurrent: boolean;
};

export type User = {
  id: string;
  email: string;
  name: string;
  role: Role;
  createdAt: string;
  lastSignInAt: string | null;
  isDisabled: boolean;
  /** True until a temporary password was changed. */
  mustChangePassword: boolean;
  /** Number of active sessions. */
  sessions: number;
};

/** The password is shown only once and must be changed after signing in. */
export type UserCreated = { user: User; temporaryPassword: string };
export type PasswordReset = { temporaryPassword: string };
/** Number of sessions ended. */
export type SessionsRevoked = { revoked: number };
