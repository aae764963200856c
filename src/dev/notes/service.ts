import { createChangeLog } from "@/server/live/change-log";
import type { LiveEvent } from "@/server/live/contract";
import { createEntityFeed } from "@/server/live/entity-feed";
import type { Actor, FeatureTools } from "@/server/rpc/feature-server";
import type {
  Folder,
  FolderStats,
  Note,
  NoteChangesEvent,
  NoteChangesInput,
  NoteListInput,
  NoteNear,
  NoteNearbyInput,
  NotePage,
  NoteSearchInput,
  NoteUpdateInput,
} from "./contract";
import { NoteError } from "./errors";
import { fold, importedTag, type ListKey, listTag, nearbyKey, noteOfTag, notePages, noteTags, searchKey } from "./keys";
import { createNoteQueries } from "./queries";

export type NoteService = ReturnType<typeof createNoteService>;
type Items<Item> = { items: Item[] };

const lifetimes = { freshFor: "5m", staleFor: "1h", negativeFor: "30s" } as const;
const nothing = { items: [] };

const toSearchKey = (input: NoteSearchInput): NoteSearchInput => ({ ...input, q: fold(input.q) });

/** Cached reads of notes and folders, and one write. */
export function createNoteService({ db, cache: shared, audit }: FeatureTools) {
  const queries = createNoteQueries(db);
  const cache = shared.withTags(noteTags);
  const { tag } = noteTags;

  const byId = cache.define<number, Note>({
    name: "note.byId",
    version: 1,
    key: String,
    tags: (id) => [tag.note(id), importedTag],
    ...lifetimes,
    load: queries.byId,
    loadMany: async (ids) => new Map((await queries.byIds([...ids])).map((note) => [note.id, note])),
  });
  const search = cache.define<NoteSearchInput, Items<Note>>({
    name: "note.search",
    version: 1,
    key: searchKey,
    tags: ({ folder }) => [listTag(folder), importedTag],
    ...lifetimes,
    load: async (key) => ({ items: await queries.search(key) }),
  });
  const nearby = cache.define<NoteNearbyInput, Items<NoteNear>>({
    name: "note.nearby",
    version: 1,
    key: nearbyKey,
    tags: (_key, found) => [importedTag, ...(found?.items ?? []).map(({ id }) => tag.note(id))],
    ...lifetimes,
    load: async (key) => ({ items: await queries.nearby(key) }),
  });
  const list = cache.define<ListKey, NotePage>({
    name: "note.list",
    version: 1,
    key: notePages.keyText,
    tags: ({ filter }) => [listTag(filter === null ? undefined : String(filter.value)), importedTag],
    ...lifetimes,
    // One row more than the page: if present, there is a next page.
    load: async (key) => notePages.toPage(key, await queries.list({ ...key, limit: key.limit + 1 })),
  });
  const folders = cache.define<"all", Items<Folder>>({
    name: "folder.list",
    version: 1,
    key: (key) => key,
    tags: () => [importedTag],
    ...lifetimes,
    load: async () => ({ items: await queries.folders() }),
  });
  const stats = cache.define<string, FolderStats>({
    name: "folder.stats",
    version: 1,
    key: (code) => code,
    tags: (code) => [tag.folder(code), importedTag],
    ...lifetimes,
    load: async (code) => {
      const folder = await queries.folder(code);
      if (folder === null) return null;
      const key: ListKey = { order: "words", filter: { name: "folder", value: code }, after: null, limit: 3 };
      const [counted, longest] = await Promise.all([queries.stats(code), queries.list(key)]);
      return { ...folder, ...counted, longest };
    },
  });

  const feed = createEntityFeed<number, Note>({
    log: createChangeLog(shared),
    idOfTag: noteOfTag,
    broadTags: new Set([importedTag, `group:${byId.name}`]),
    read: (ids) => byId.getMany(ids),
  });

  return {
    byId: async (id: number): Promise<Note> => {
      const note = await byId.get(id);
      if (note === null) throw new NoteError("NOTE_NOT_FOUND");
      return note;
    },
    /** In the order of the request, without IDs that do not exist. */
    byIds: async (ids: readonly number[]): Promise<Items<Note>> => {
      const found = await byId.getMany(ids);
      return { items: ids.flatMap((id) => found.get(id) ?? []) };
    },
    search: async (input: NoteSearchInput): Promise<Items<Note>> => {
      const key = toSearchKey(input);
      return key.q === "" ? nothing : ((await search.get(key)) ?? nothing);
    },
    nearby: async (input: NoteNearbyInput): Promise<Items<NoteNear>> => (await nearby.get(input)) ?? nothing,
    list: async (input: NoteListInput): Promise<NotePage> =>
      (await list.get(notePages.toKey(input))) ?? { items: [], nextCursor: null },
    folders: async (): Promise<Items<Folder>> => (await folders.get("all")) ?? nothing,
    stats: async (code: string): Promise<FolderStats> => {
      const found = await stats.get(code);
      if (found === null) throw new NoteError("FOLDER_NOT_FOUND");
      return found;
    },

    /** The cache entries that these reads return unchanged; null where they need none. */
    entries: {
      byId: byId.entry,
      search: (input: NoteSearchInput) => {
        const key = toSearchKey(input);
        return key.q === "" ? null : search.entry(key);
      },
      nearby: nearby.entry,
      list: (input: NoteListInput) => list.entry(notePages.toKey(input)),
      folders: () => folders.entry("all"),
      stats: stats.entry,
    },

    /** Streams the notes changed by any write in the fleet, from now on or after an earlier event. */
    changes: (input: NoteChangesInput, signal: AbortSignal): AsyncGenerator<LiveEvent<NoteChangesEvent>> => {
      const { ids, folder, lastEventId } = input;
      const matches = ({ folderCode }: Note): boolean => folder === undefined || folderCode === folder;
      return feed({ ids, matches, lastEventId }, signal);
    },

    /** Resolves when reads on this node can no longer return the old values (rule C1). */
    update: (input: NoteUpdateInput, actor: Actor): Promise<Note> =>
      cache.mutate(db, async (tx, touched) => {
        const outcome = await queries.update(tx, input);
        if (outcome.status === "absent") throw new NoteError("NOTE_NOT_FOUND");
        if (outcome.status === "conflict") throw new NoteError("NOTE_VERSION_CONFLICT");
        const { before, note } = outcome;
        await audit.record(tx, {
          action: "note.update",
          actor,
          subject: tag.note(input.id),
          before: { title: before.title, words: before.words, version: before.version },
          after: { title: note.title, words: note.words, version: note.version },
        });
        touched.row(before, note);
        return note;
      }),
  };
}
