/** A tag of one family: `order:42`. */
export type Tag<Family extends string = string> = `${Family}:${string}`;

type Member = string | number;
/** How the tags of each family are named: from the arguments to what follows the colon. */
type Families = Readonly<Record<string, (...args: never[]) => Member>>;

/** A function per family that returns its tags. */
export type TagBuilders<Named extends Families> = {
  readonly [Family in keyof Named & string]: (...args: Parameters<Named[Family]>) => Tag<Family>;
};

/** The tags of one feature. `cache.withTags` takes them, and then accepts no others. */
export type TagSet<Family extends string, Row> = {
  readonly families: readonly Family[];
  /** Every tag that entries about this row carry: those of the row itself, and those of each list that includes it. */
  readonly tagsOf: (row: Row) => readonly Tag<Family>[];
};

/**
 * Names the tags of a feature once: `families` says how each is written, `tagsOf` which of them a row concerns. A write
 * passes the row before and after to `touched.row`, and every list that the row enters or leaves is invalidated.
 *
 * @throws RangeError for a family that is not made of letters, digits, dashes and underscores
 * @example
 * const noteTags = defineTags(
 *   { note: (id: number) => id, folder: (code: string) => code, notes: () => "all" },
 *   (note: { id: number; folderCode: string }, tag) => [tag.note(note.id), tag.folder(note.folderCode), tag.notes()],
 * );
 * noteTags.tag.folder("work"); // "folder:work"
 */
export function defineTags<const Named extends Families, Row>(
  families: Named,
  tagsOf: (row: Row, tag: TagBuilders<Named>) => readonly Tag<keyof Named & string>[],
): TagSet<keyof Named & string, Row> & { readonly tag: TagBuilders<Named> } {
  const builders: Record<string, (...args: never[]) => string> = {};
  for (const [family, memberOf] of Object.entries(families)) {
    if (!/^[\w-]{1,60}$/u.test(family)) {
      throw new RangeError(`Not a tag family: ${JSON.stringify(family)}. Use letters, digits, dashes, underscores.`);
    }
    builders[family] = (...args) => `${family}:${memberOf(...args)}`;
  }
  // The loop has made one builder for each family, with that family's arguments.
  const tag = builders as unknown as TagBuilders<Named>;
  return {
    tag,
    tagsOf: (row) => tagsOf(row, tag),
    families: Object.keys(families),
  };
}

/** Collects the tags that a mutation touches. */
export type Touched<TagText extends string = string> = {
  /** Without arguments it states that nothing in the cache depends on the write. */
  tags: (...tags: TagText[]) => void;
};

/** `Touched` of a feature whose tags derive from its rows. */
export type TouchedRows<TagText extends string, Row> = Touched<TagText> & {
  /**
   * Touches every tag of a row, as it was before the write and as it is after it; `before` is null for a row that was
   * inserted, `after` for one that was deleted.
   * @throws TypeError when both are null
   */
  row: (before: Row | null, after: Row | null) => void;
};
