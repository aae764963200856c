import { sql } from "drizzle-orm";
import { boolean, check, index, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { roles } from "./contract";

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

/** Users who may sign in. The names of the columns that better-auth reads are its own. */
export const users = pgTable(
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
export const accounts = pgTable(
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
  // Signing in: the credential of a user.
  (t) => [index("accounts_user").on(t.userId, t.providerId)],
);

export const sessions = pgTable(
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
    // Removing what has ended.
    index("sessions_expires").on(t.expiresAt),
  ],
);

/** Attempts to sign in, counted here while the Redis that usually counts them is out of reach. */
export const signInAttempts = pgTable(
  "sign_in_attempts",
  {
    /** Whom or what is limited: the hash of an email, an address. */
    key: text("key").primaryKey(),
    /** `<milliseconds>:<attempt>`, oldest first; no more than the limit allows. */
    times: text("times").array().notNull(),
    expiresAt: timestamp("expires_at", { withTimezone: true, mode: "string" }).notNull(),
  },
  // Removing what has ended.
  (t) => [index("sign_in_attempts_expires").on(t.expiresAt)],
);
