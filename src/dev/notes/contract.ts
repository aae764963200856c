import { type EntityChange, type EntityEvent, lastEventIdSchema } from "@/server/live/contract";
import { cursorText, positiveInt4, storedText, typedText, z } from "@/server/rpc/zod";

const noteIdSchema = positiveInt4;
const folderCodeSchema = z.string().regex(/^[a-z]{2,20}$/, "A folder must be 2 to 20 lowercase letters.");

export const noteByIdInput = z.strictObject({ id: noteIdSchema });
export const noteByIdsInput = z.strictObject({ ids: z.array(noteIdSchema).min(1).max(100) });
export const noteSearchInput = z.strictObject({
  q: storedText(100).trim().min(1),
  folder: folderCodeSchema.optional(),
  limit: z.int().min(1).max(50).default(10),
});
export const noteNearbyInput = z.strictObject({
  x: z.number().min(-90).max(90),
  y: z.number().min(-90).max(90),
  limit: z.int().min(1).max(50).default(10),
  radius: z.number().positive().max(300).default(300),
});
export const noteListInput = z.strictObject({
  folder: folderCodeSchema.optional(),
  order: z.enum(["words", "title"]).default("words"),
  /** Opaque: the `nextCursor` of the previous page. */
  cursor: cursorText.nullish(),
  limit: z.int().min(1).max(100).default(50),
});
export const noteChangesInput = z
  .strictObject({
    /** Only these notes. */
    ids: z.array(noteIdSchema).min(1).max(100).optional(),
    /** Only the notes of one folder. */
    folder: folderCodeSchema.optional(),
    lastEventId: lastEventIdSchema,
  })
  .refine(({ ids, folder }) => ids === undefined || folder === undefined, "Use either ids or folder, not both.")
  .prefault({});
export const noteUpdateInput = z.strictObject({
  id: noteIdSchema,
  /** The version that was read. The update fails if the note has changed since. */
  version: positiveInt4,
  title: typedText(200).min(1).optional(),
  words: z.int().min(0).max(1_000_000).optional(),
});
export const folderStatsInput = z.strictObject({ code: folderCodeSchema });

/** `x` and `y` are its place on the board, where each note is pinned. */
export type Note = {
  id: number;
  title: string;
  folderCode: string;
  words: number;
  x: number;
  y: number;
  version: number;
};
export type NoteNear = Note & { distance: number };
export type Folder = { code: string; name: string };
export type FolderStats = Folder & {
  noteCount: number;
  totalWords: number;
  meanWords: number;
  /** The three longest, longest first. */
  longest: Note[];
};

export type NoteSearchInput = z.infer<typeof noteSearchInput>;
export type NoteNearbyInput = z.infer<typeof noteNearbyInput>;
export type NoteListInput = z.infer<typeof noteListInput>;
export type NoteChangesInput = z.infer<typeof noteChangesInput>;
export type NoteUpdateInput = z.infer<typeof noteUpdateInput>;

export type NoteChangesEvent = EntityEvent<EntityChange<number, Note>>;
/** `nextCursor` is null on the last page. */
export type NotePage = { items: Note[]; nextCursor: string | null };
