import { sql } from "drizzle-orm";
import { pgTable, text } from "drizzle-orm/pg-core";
import type { Database } from "./database";

/** A small table for tests. */
export const books = pgTable("books", { code: text("code").primaryKey(), name: text("name").notNull() });

export async function createBooks({ db }: Pick<Database, "db">): Promise<void> {
  await db.execute(sql`create table books (code text primary key, name text not null)`);
}
