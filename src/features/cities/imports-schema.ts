import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** Which data sets are here in full; a row is written in the transaction that wrote the data. */
export const imports = pgTable("imports", {
  name: text("name").primaryKey(),
  /** Where the data came from, with its version; another source is imported anew. */
  source: text("source").notNull(),
  rowCount: integer("row_count").notNull(),
  finishedAt: timestamp("finished_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
});
