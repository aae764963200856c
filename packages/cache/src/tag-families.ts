import { familyOf } from "./inspect/veil";

const tagMark = "t:";
/** Far more than a program's definitions give; one that makes up tags without a colon must not fill the memory. */
const mostLists = 1_000;

/** Entries of one definition have the same families, mostly: they share one list. */
const shared = new Map<string, readonly string[]>();
/** The same lists by the beginnings of the tags in the order in which they come, which is found without sorting. */
const byBeginnings = new Map<string, readonly string[]>();

/** What is stored is published right after it, with the same marks. */
let last: { readonly marks: readonly string[]; readonly families: readonly string[] | undefined } | null = null;

/** The families of the tags among an entry's marks, each once, in alphabetical order; undefined when it has no tag. */
export function familiesOf(marks: readonly string[]): readonly string[] | undefined {
  if (last?.marks !== marks) last = { marks, families: findFamilies(marks) };
  return last.families;
}

function keep(lists: Map<string, readonly string[]>, name: string, families: readonly string[]): readonly string[] {
  if (lists.size >= mostLists) lists.clear();
  lists.set(name, families);
  return families;
}

function findFamilies(marks: readonly string[]): readonly string[] | undefined {
  let beginnings = "";
  let beginning = "";
  for (const mark of marks) {
    if (!mark.startsWith(tagMark)) continue;
    // The tags of a list of fifty cities come one after the other.
    if (beginning.endsWith(":") && mark.startsWith(beginning)) continue;
    const colon = mark.indexOf(":", tagMark.length);
    beginning = colon < 0 ? `${mark} ` : mark.slice(0, colon + 1);
    beginnings += beginning;
  }
  if (beginnings === "") return undefined;
  return byBeginnings.get(beginnings) ?? keep(byBeginnings, beginnings, shareFamilies(marks));
}

function shareFamilies(marks: readonly string[]): readonly string[] {
  const families = new Set<string>();
  for (const mark of marks) if (mark.startsWith(tagMark)) families.add(familyOf(mark.slice(tagMark.length)));
  const sorted = [...families].toSorted();
  const name = sorted.join(" ");
  return shared.get(name) ?? keep(shared, name, sorted);
}
