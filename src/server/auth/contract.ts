import { z } from "@/server/rpc/zod";
import { longestPassword, passwordProblem } from "./password-rule.js";

/** Ascending: each role may do what those before it may. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];
export const roleSchema = z.enum(roles);

/** Whether `role` may do what `needed` may. */
export function hasRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

const withoutNull = (text: string): boolean => !text.includes("\0");

export const emailSchema = z.string().trim().toLowerCase().max(254).pipe(z.email());
export const userNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine(withoutNull, "The character U+0000 is not allowed.");
const idSchema = z.string().min(1).max(64).refine(withoutNull, "The character U+0000 is not allowed.");
/** As it is typed to sign in: any length up to the longest that is accepted. */
const givenPasswordSchema = z
  .string()
  .min(1)
  .max(4 * longestPassword);
const newPasswordSchema = z.string().superRefine((password, context) => {
  const problem = passwordProblem(password);
  if (problem !== null) context.addIssue({ code: "custom", message: `The password ${problem}.` });
});

/** POST /api/auth/sign-in/email. */
export const signInInput = z.strictObject({ email: emailSchema, password: givenPasswordSchema });

/** The body of an answer of /api/auth/* that is no success: tRPC's envelope, so that one reader reads both. */
export type AuthFailure = {
  error: {
    message: string;
    data: {
      code: string;
      httpStatus: number;
      /** Of `docs/errors.md`. */
      weirCode: string | null;
      /** With 429 and 503, as the header `Retry-After`. */
      retryAfterSeconds?: number;
    };
  };
};

/** The body of an answer to a sign-in that succeeded; the session is in a cookie. */
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
  /** True after a temporary password: until it is changed every call but `account.*` answers PASSWORD_CHANGE_REQUIRED. */
  mustChangePassword: boolean;
} | null;

/** Dates are ISO 8601. */
export type SessionSummary = {
  id: string;
  createdAt: string;
  /** At most a minute behind. */
  lastSeenAt: string;
  /** When it ends at the latest; it ends before, when it is not used. */
  expiresAt: string;
  address: string | null;
  userAgent: string | null;
  /** Whether it is the session of this call. */
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
  /** How many sessions are alive. */
  sessions: number;
};

/** The password is shown only once and must be changed after signing in. */
export type UserCreated = { user: User; temporaryPassword: string };
export type PasswordReset = { temporaryPassword: string };
/** How many sessions were ended. */
export type SessionsRevoked = { revoked: number };
