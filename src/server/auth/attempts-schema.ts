import { index, pgTable, text, timestamp } from "drizzle-orm/pg-core";

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
