import { sql } from "drizzle-orm";
import { boolean, check, index, text, timestamp } from "drizzle-orm/pg-core";
import { weir } from "@weir/postgres/schema";
import { roles } from "./contract";

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

/** Users. Columns that better-auth reads use its names. */
export const users = weir.table(
  "users",
  {
    id: text("id").primaryKey(),
    /** In lower case. */
    email: text("email").notNull().unique(),
    name: text("name").notNull(),
    emailVerified: boolean("email_verified").notNull().default(true),
    image: text("image"),
    role: text("role", { enum: roles }).notNull(),
    isDisabled: boolean("is_disabled").notNull().default(false),
    /** True while the password is temporary. */
    mustChangePassword: boolean("must_change_password").notNull().default(false),
    lastSignInAt: moment("last_sign_in_at"),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  (t) => [
    check("users_email_lower_case", sql`${t.email} = lower(${t.email})`),
    check("users_role", sql`${t.role} in ('viewer', 'operator', 'admin')`),
  ],
);

/** How a user signs in; currently by password only. */
export const accounts = weir.table(
  "accounts",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Its scrypt hash, with its parameters and salt. */
    password: text("password"),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
  },
  // Sign-in: the credential of a user.
  (t) => [index("accounts_user").on(t.userId, t.providerId)],
);

export const sessions = weir.table(
  "sessions",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** SHA-256 of the token in the cookie, so that a copy of this table cannot be used to sign in. */
    token: text("token").notNull().unique(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: moment("created_at").notNull().defaultNow(),
    updatedAt: moment("updated_at").notNull().defaultNow(),
    /** Written at most once a minute. */
    lastSeenAt: moment("last_seen_at").notNull().defaultNow(),
    expiresAt: moment("expires_at").notNull(),
  },
  (t) => [
    // Sessions of a user, newest first.
    index("sessions_user").on(t.userId, t.createdAt.desc().nullsFirst()),
    // Cleanup of expired rows.
    index("sessions_expires").on(t.expiresAt),
  ],
);

/** Sign-in attempts, counted here while the Redis that usually counts them is unreachable. */
export const signInAttempts = weir.table(
  "sign_in_attempts",
  {
    /** What is limited: the hash of an email, or an address. */
    key: text("key").primaryKey(),
    /** `<milliseconds>:<attempt>`, oldest first, up to the limit. */
    times: text("times").array().notNull(),
    expiresAt: timestamp("expires_at", { withTimezone: true, mode: "string" }).notNull(),
  },
  // Cleanup of expired rows.
  (t) => [index("sign_in_attempts_expires").on(t.expiresAt)],
);
