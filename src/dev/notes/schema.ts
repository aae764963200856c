import { sql } from "drizzle-orm";
import { doublePrecision, index, integer, pgSchema, point, text } from "drizzle-orm/pg-core";
import { textInByteOrder } from "@weir/postgres/column-types";

const place = pgSchema("notes");

export const folders = place.table("folders", {
  code: text("code").primaryKey(),
  name: text("name").notNull(),
});

export const notes = place.table(
  "notes",
  {
    id: integer("id").primaryKey(),
    title: text("title").notNull(),
    folderCode: text("folder_code")
      .notNull()
      .references(() => folders.code),
    words: integer("words").notNull(),
    x: doublePrecision("x").notNull(),
    y: doublePrecision("y").notNull(),
    version: integer("version").notNull().default(1),
    /** The title without accents and case, updated together with it. */
    searchTitle: textInByteOrder("search_title").notNull(),
    position: point("position")
      .notNull()
      .generatedAlwaysAs(sql`point(x, y)`),
  },
  (t) => [
    // note.search and note.list by title.
    index("notes_search_title").on(t.searchTitle, t.id),
    index("notes_folder_search_title").on(t.folderCode, t.searchTitle, t.id),
    // note.list by words, folder.longest.
    index("notes_words").on(t.words.desc().nullsFirst(), t.id.desc().nullsFirst()),
    index("notes_folder_words").on(t.folderCode, t.words.desc().nullsFirst(), t.id.desc().nullsFirst()),
    // note.nearby.
    index("notes_position").using("gist", t.position),
  ],
);
