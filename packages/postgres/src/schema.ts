import { sql } from "drizzle-orm";
import { bigint, check, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** Invalidations that belong to a committed write and wait to be applied (rule C4). */
export const cacheOutbox = pgTable(
  "cache_outbox",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    tags: text("tags").array().notNull(),
    mode: text("mode", { enum: ["purge", "expire"] })
      .notNull()
      .default("purge"),
    createdAt: timestamp("created_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
  },
  (t) => [check("cache_outbox_mode", sql`${t.mode} in ('purge', 'expire')`)],
);
