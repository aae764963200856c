import type { NoteNearbyInput, NoteOrder, NoteSearchInput } from "./contract";

/** Carried by every response that shows this note. */
export const noteTag = (id: number): string => `note:${id}`;
/** The note that a tag names; null for any other tag. */
export function noteOfTag(tag: string): number | null {
  const id = /^note:([1-9]\d{0,9})$/.exec(tag)?.[1];
  return id === undefined ? null : Number(id);
}
/** Carried by lists of one folder and by its statistics. */
export const folderTag = (code: string): string => `folder:${code}`;
/** Carried by lists over all notes. */
export const allNotesTag = "notes:all";
/** Carried by every response about notes and folders: an import may change any of them. */
export const importedTag = "notes:imported";

/** The tag that follows a list's predicate. */
export const listTag = (folder: string | undefined): string => (folder === undefined ? allNotesTag : folderTag(folder));

/** Titles and searches in their compared form: without accents and case. */
export const fold = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();

export const searchKey = ({ q, folder, limit }: NoteSearchInput): string => `${folder ?? "*"}/${limit}/${q}`;
export const nearbyKey = ({ x, y, limit, radius }: NoteNearbyInput): string => `${x}/${y}/${limit}/${radius}`;

export type ListKey = {
  folder: string | undefined;
  order: NoteOrder;
  limit: number;
  /** Order value and ID of the last row of the previous page; null for the first page. */
  after: { value: string | number; id: number } | null;
};
export const listName = ({ folder, order }: Pick<ListKey, "folder" | "order">): string => `${folder ?? "*"}/${order}`;
export const listKey = (key: ListKey): string =>
  `${listName(key)}/${key.limit}/${key.after === null ? "" : `${key.after.id}/${key.after.value}`}`;
