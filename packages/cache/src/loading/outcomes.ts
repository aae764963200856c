import { type CacheOutcome, type CacheTier, channels } from "@weir/core/channels";
import { countRead } from "@weir/core/scope";
import { familyOf } from "../redis/names";

/** How one key read ended (rule C5), before it is published. */
export type Outcome = { outcome: CacheOutcome; tier: CacheTier | null; loadMs: number | null };

/** The start time of a read; 0 when nothing listens, so that no read pays for the clock. */
export function beginRead(): number {
  return channels.cache.hasSubscribers ? performance.now() : 0;
}

/** The tags of the entry that a read returned. */
type Tagged = { readonly families: readonly string[] | undefined; readonly marks: readonly string[] };
/** The group that was read. The marks of a sensitive group are not published. */
type About = { readonly group: string; readonly isSensitive: boolean };

export function publishRead(about: About, startedAtMs: number, ended: Outcome, tagged: Tagged | null): void {
  if (!channels.cache.hasSubscribers) return;
  const { group } = about;
  const { outcome, tier, loadMs } = ended;
  const endedAtMs = performance.now();
  const durationMs = startedAtMs === 0 ? 0 : endedAtMs - startedAtMs;
  countRead();
  const families = tagged?.families;
  const marks = families === undefined || about.isSensitive ? undefined : tagged?.marks;
  channels.cache.publish({ type: "read", group, outcome, tier, durationMs, loadMs, families, marks, endedAtMs });
}

/** `publishRead` for a read beyond L1, of whose entry only the marks are known. */
export function publishFlightRead(about: About, startedAtMs: number, ended: Outcome, marks: readonly string[]): void {
  if (!channels.cache.hasSubscribers) return;
  publishRead(about, startedAtMs, ended, { families: familiesOf(marks), marks });
}

/** Publishes whether a loaded value was stored, and if not, why. `bytes`: length of the stored JSON. */
export function publishFill(group: string, bytes: number, reason: "stale" | "unwanted" | null): void {
  if (!channels.cache.hasSubscribers) return;
  channels.cache.publish({ type: "fill", group, bytes, stored: reason === null, reason });
}

const tagMark = "t:";
/** Far more than the definitions of a program produce; tags without a colon that are made up at run time must not fill the memory. */
const maxLists = 1_000;

/** Entries of one definition mostly have the same families: they share one list. */
const shared = new Map<string, readonly string[]>();
/** The same lists by the prefixes of the tags in their order, which is found without sorting. */
const byPrefixes = new Map<string, readonly string[]>();

/** A stored entry is published right after it, with the same marks. */
let last: { readonly marks: readonly string[]; readonly families: readonly string[] | undefined } | null = null;

/** The families of the tags among an entry's marks, each once, in alphabetical order; undefined without tags. */
export function familiesOf(marks: readonly string[]): readonly string[] | undefined {
  if (last?.marks !== marks) last = { marks, families: findFamilies(marks) };
  return last.families;
}

function keep(lists: Map<string, readonly string[]>, name: string, families: readonly string[]): readonly string[] {
  if (lists.size >= maxLists) lists.clear();
  lists.set(name, families);
  return families;
}

function findFamilies(marks: readonly string[]): readonly string[] | undefined {
  let prefixes = "";
  let prefix = "";
  for (const mark of marks) {
    if (!mark.startsWith(tagMark)) continue;
    // The tags of a list of fifty items follow each other.
    if (prefix.endsWith(":") && mark.startsWith(prefix)) continue;
    const colon = mark.indexOf(":", tagMark.length);
    prefix = colon < 0 ? `${mark} ` : mark.slice(0, colon + 1);
    prefixes += prefix;
  }
  if (prefixes === "") return undefined;
  return byPrefixes.get(prefixes) ?? keep(byPrefixes, prefixes, shareFamilies(marks));
}

function shareFamilies(marks: readonly string[]): readonly string[] {
  const families = new Set<string>();
  for (const mark of marks) if (mark.startsWith(tagMark)) families.add(familyOf(mark.slice(tagMark.length)));
  const sorted = [...families].toSorted();
  const name = sorted.join(" ");
  return shared.get(name) ?? keep(shared, name, sorted);
}
