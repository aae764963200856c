/** One thing that the palette leads to. */
export type PaletteEntry = {
  /** Unique and stable, for the recent entries: `page:/admin/cache`, `statement:note.byId`. */
  id: string;
  group: PaletteGroup;
  label: string;
  /** Muted beside the label: a shortcut, a kind. */
  hint?: string;
  /** Further words that find it. */
  words?: string;
} & ({ href: string } | { run: () => void });

/** In the order in which the palette shows them. */
export const paletteGroups = [
  "Recent",
  "Pages",
  "Actions",
  "Statements",
  "Procedures",
  "Cache groups",
  "Keys",
] as const;
export type PaletteGroup = (typeof paletteGroups)[number];

const maxPerGroup = 6;
const fold = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** How well a text matches one word: at its start, at the start of a part, anywhere, or not at all (null). */
function scoreOf(text: string, word: string): number | null {
  const at = text.indexOf(word);
  if (at === -1) return null;
  if (at === 0) return 0;
  return /[\s.:/*_-]/.test(text[at - 1] ?? "") ? 1 : 2;
}

/** The sum over all words of the query, lower is better; null unless every word is found. */
function match({ label, words = "", group }: PaletteEntry, query: readonly string[]): number | null {
  const [name, rest] = [fold(label), fold(`${words} ${group}`)];
  let sum = 0;
  for (const word of query) {
    const inName = scoreOf(name, word);
    if (inName === null && !rest.includes(word)) return null;
    sum += inName ?? 3;
  }
  return sum;
}

export type PaletteSection = { group: PaletteGroup; entries: PaletteEntry[] };

/**
 * What the palette shows for a query: the entries that contain all of its words, the best first, at most six per group.
 * Without a query: the recent entries, then pages and actions.
 */
export function findEntries(
  entries: readonly PaletteEntry[],
  query: string,
  recent: readonly string[],
): PaletteSection[] {
  const words = fold(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) {
    const last = recent.flatMap((id) => entries.find((entry) => entry.id === id) ?? []);
    const shown = (group: PaletteGroup): PaletteEntry[] => entries.filter((entry) => entry.group === group);
    const sections: PaletteSection[] = [
      { group: "Recent", entries: last },
      { group: "Pages", entries: shown("Pages") },
      { group: "Actions", entries: shown("Actions") },
    ];
    return sections.filter((section) => section.entries.length > 0);
  }
  const found = entries.flatMap((entry) => {
    const score = match(entry, words);
    return score === null ? [] : [{ entry, score }];
  });
  return paletteGroups.flatMap((group) => {
    const best = found
      .filter(({ entry }) => entry.group === group)
      .toSorted((a, b) => a.score - b.score || a.entry.label.length - b.entry.label.length)
      .slice(0, maxPerGroup)
      .map(({ entry }) => entry);
    return best.length === 0 ? [] : [{ group, entries: best }];
  });
}

const maxRecent = 5;

/** The recent entries after one was chosen, newest first. */
export function addRecent(recent: readonly string[], id: string): string[] {
  return [id, ...recent.filter((other) => other !== id)].slice(0, maxRecent);
}

/** The stored list; empty when it is damaged. */
export function readRecent(stored: string | null): string[] {
  try {
    const list: unknown = JSON.parse(stored ?? "[]");
    return Array.isArray(list) ? list.filter((id) => typeof id === "string").slice(0, maxRecent) : [];
  } catch {
    return [];
  }
}
