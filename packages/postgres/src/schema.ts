import { sql } from "drizzle-orm";
import { type AnyPgColumn, bigint, boolean, check, pgSchema, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** The schema of the platform's tables, apart from those of any other application in the database. */
export const weir = pgSchema("weir");

const columns = () => ({
  id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
  tags: text("tags").array().notNull(),
  mode: text("mode", { enum: ["purge", "expire"] })
    .notNull()
    .default("purge"),
  createdAt: timestamp("created_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
});
const checks = ({ mode }: { mode: AnyPgColumn }) => [check("cache_outbox_mode", sql`${mode} in ('purge', 'expire')`)];

/** Invalidations that belong to a committed write and wait to be applied (rule C4), among an application's own tables. */
export const cacheOutbox = pgTable("cache_outbox", columns(), checks);

/** The same in the schema of the platform, where triggers and other programs write too. */
export const platformOutbox = weir.table(
  "cache_outbox",
  {
    ...columns(),
    /** True where the writer itself applies the tags right after its commit: then no node is notified. */
    isOwn: boolean("is_own").notNull().default(false),
  },
  checks,
);
