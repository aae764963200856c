import { integer, pgTable, text } from "drizzle-orm/pg-core";

export { cacheOutbox } from "@weir/postgres/schema";

export const notes = pgTable("notes", {
  id: integer("id").primaryKey(),
  text: text("text").notNull(),
});
