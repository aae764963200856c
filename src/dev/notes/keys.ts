import { keysetList } from "@/server/rpc/keyset-list";
import { defineTags } from "@weir/cache/tags";
import type { Note, NoteNearbyInput, NoteSearchInput } from "./contract";

/**
 * `note`: every response that shows this note. `folder`: lists of one folder and its statistics. `notes`: lists over all
 * notes, and every response about notes and folders, because an import may change any of them.
 */
export const noteTags = defineTags(
  {
    note: (id: number) => id,
    folder: (code: string) => code,
    notes: (which: "all" | "imported") => which,
  },
  (note: Pick<Note, "id" | "folderCode">, tag) => [tag.note(note.id), tag.folder(note.folderCode), tag.notes("all")],
);

/** The note that a tag names; null for any other tag. */
export function noteOfTag(tag: string): number | null {
  const id = /^note:([1-9]\d{0,9})$/.exec(tag)?.[1];
  return id === undefined ? null : Number(id);
}
export const importedTag = noteTags.tag.notes("imported");

/** The tag that follows a list's predicate. */
export const listTag = (folder: string | undefined) =>
  folder === undefined ? noteTags.tag.notes("all") : noteTags.tag.folder(folder);

/** Titles and searches in their compared form: without accents and case. */
export const fold = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();

export const searchKey = ({ q, folder, limit }: NoteSearchInput): string => `${folder ?? "*"}/${limit}/${q}`;
export const nearbyKey = ({ x, y, limit, radius }: NoteNearbyInput): string => `${x}/${y}/${limit}/${radius}`;

export const notePages = keysetList({
  orders: {
    words: { type: "integer", of: ({ words }: Note) => words },
    title: { type: "text", of: ({ title }: Note) => fold(title) },
  },
  id: [{ type: "integer", of: ({ id }: Note) => id }],
  filters: ["folder"],
});
export type ListKey = Parameters<typeof notePages.keyText>[0];
