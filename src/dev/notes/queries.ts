import { and, asc, eq, sql } from "drizzle-orm";
import { type Db, prepared, prepareKeyset, type Tx } from "@weir/postgres";
import type {
  Folder,
  FolderStats,
  Note,
  NoteNear,
  NoteNearbyInput,
  NoteSearchInput,
  NoteUpdateInput,
} from "./contract";
import { fold } from "./keys";
import { folders, notes } from "./schema";

/** `before` and `note` are the row before and after the change. */
export type NoteUpdateOutcome =
  | { status: "updated"; before: Note; note: Note }
  | { status: "absent" }
  | { status: "conflict" };

const noteFields = {
  id: notes.id,
  title: notes.title,
  folderCode: notes.folderCode,
  words: notes.words,
  x: notes.x,
  y: notes.y,
  version: notes.version,
};

const given = sql.placeholder;
const ofFolder = eq(notes.folderCode, given("folder"));

function prepareSearch(db: Db, isWithinFolder: boolean) {
  const isPrefix = sql`${notes.searchTitle} >= ${given("q")} and ${notes.searchTitle} < ${given("q")} || chr(1114111)`;
  return prepared(db, isWithinFolder ? "note.searchFolder" : "note.search", (on) =>
    on
      .select(noteFields)
      .from(notes)
      .where(and(isWithinFolder ? ofFolder : undefined, isPrefix))
      .orderBy(asc(notes.searchTitle), asc(notes.id))
      .limit(given("limit")),
  );
}

/** The nearest by the index on `position`, then those within the radius. */
function prepareNearby(db: Db) {
  const distance = sql<number>`${notes.position} <-> point(${given("x")}, ${given("y")})`;
  return prepared(db, "note.nearby", (on) => {
    const nearest = on
      .select({ ...noteFields, distance: distance.as("distance") })
      .from(notes)
      .orderBy(sql`distance`)
      .limit(given("limit"))
      .as("nearest");
    return on
      .select()
      .from(nearest)
      .where(sql`${nearest.distance} <= ${given("radius")}::float8`)
      .orderBy(nearest.distance, nearest.id);
  });
}

/** Every statement of the feature, prepared on `db`. */
export function createNoteQueries(db: Db) {
  const byId = prepared(db, "note.byId", (on) =>
    on
      .select(noteFields)
      .from(notes)
      .where(eq(notes.id, given("id"))),
  );
  const byIds = prepared(db, "note.byIds", (on) =>
    on
      .select(noteFields)
      .from(notes)
      .where(sql`${notes.id} = any(${given("ids")}::int[])`),
  );
  const [searchAll, searchFolder] = [prepareSearch(db, false), prepareSearch(db, true)];
  const nearby = prepareNearby(db);
  const list = prepareKeyset(db, "note.list", {
    select: (on) => on.select(noteFields).from(notes).$dynamic(),
    id: notes.id,
    orders: {
      words: { column: notes.words, direction: "desc" },
      title: { column: notes.searchTitle, direction: "asc" },
    },
    filters: { folder: notes.folderCode },
  });
  const folderList = prepared(db, "folder.list", (on) => on.select().from(folders).orderBy(folders.name));
  const folderByCode = prepared(db, "folder.byCode", (on) =>
    on
      .select()
      .from(folders)
      .where(eq(folders.code, given("code"))),
  );
  const stats = prepared(db, "folder.stats", (on) =>
    on
      .select({
        noteCount: sql<number>`count(*)::float8`,
        totalWords: sql<number>`coalesce(sum(${notes.words}), 0)::float8`,
        meanWords: sql<number>`coalesce(avg(${notes.words}), 0)::float8`,
      })
      .from(notes)
      .where(ofFolder),
  );

  return {
    byId: async (id: number): Promise<Note | null> => (await byId.execute({ id }))[0] ?? null,

    /** In any order, without IDs that do not exist. */
    byIds: (ids: readonly number[]): Promise<Note[]> => byIds.execute({ ids: [...ids] }),

    /** Notes whose title begins with `q`, which is folded, by title. */
    search: ({ q, folder, limit }: NoteSearchInput): Promise<Note[]> =>
      folder === undefined ? searchAll.execute({ q, limit }) : searchFolder.execute({ q, limit, folder }),

    /** Nearest first. */
    nearby: (place: NoteNearbyInput): Promise<NoteNear[]> => nearby.execute(place),

    list,

    folders: (): Promise<Folder[]> => folderList.execute(),
    folder: async (code: string): Promise<Folder | null> => (await folderByCode.execute({ code }))[0] ?? null,

    /** Over the notes of a folder; zero without notes. */
    stats: async (folder: string): Promise<Pick<FolderStats, "noteCount" | "totalWords" | "meanWords">> =>
      (await stats.execute({ folder }))[0] ?? { noteCount: 0, totalWords: 0, meanWords: 0 },

    /** Updates the note if it still has this version; of two concurrent updates one gets a conflict. */
    update: async (tx: Tx, { id, version, title, words }: NoteUpdateInput): Promise<NoteUpdateOutcome> => {
      const lock = prepared(tx, "note.lock", (on) =>
        on
          .select(noteFields)
          .from(notes)
          .where(eq(notes.id, given("id")))
          .for("update"),
      );
      const [before] = await lock.execute({ id });
      if (before === undefined) return { status: "absent" };
      const changed = { title: title ?? before.title, words: words ?? before.words };
      const change = prepared(tx, "note.update", (on) =>
        on
          .update(notes)
          .set({ ...changed, searchTitle: fold(changed.title), version: sql`${notes.version} + 1` })
          .where(and(eq(notes.id, id), eq(notes.version, version)))
          .returning(noteFields),
      );
      const [note] = await change.execute();
      return note === undefined ? { status: "conflict" } : { status: "updated", before, note };
    },
  };
}
