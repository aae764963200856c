/** A part of the key space below a prefix. */
export type PrefixNode = {
  /** The whole prefix, from the name of the group on: `note.byId:de:`. */
  prefix: string;
  /** What it adds to its parent: `de:`. */
  label: string;
  /** Keys below it, among those scanned. */
  keys: number;
  bytes: number;
};

type Named = { group: string; key: string; isHidden: boolean; sizeBytes: number };

/** Where a key may branch. */
const separators = /[:/|,]/u;

/** The group of a prefix, and null while it has none. */
export function groupOf(prefix: string): string | null {
  const colon = prefix.indexOf(":");
  return colon === -1 ? null : prefix.slice(0, colon);
}

/** `group:key` of the URL, taken apart at the first colon. Null without a group. */
export function readKey(text: string): { group: string; key: string } | null {
  const colon = text.indexOf(":");
  return colon < 1 ? null : { group: text.slice(0, colon), key: text.slice(colon + 1) };
}

/**
 * The prefix and those above it, from the group on: `a.b:`, `a.b:de:`, `a.b:de:1`. A prefix without a group has none.
 */
export function pathOf(prefix: string): { prefix: string; label: string }[] {
  const group = groupOf(prefix);
  if (group === null) return [];
  const path = [{ prefix: `${group}:`, label: group }];
  let from = group.length + 1;
  for (let at = from; at < prefix.length; at += 1) {
    if (!separators.test(prefix.charAt(at)) && at < prefix.length - 1) continue;
    path.push({ prefix: prefix.slice(0, at + 1), label: prefix.slice(from, at + 1) });
    from = at + 1;
  }
  return path;
}

/**
 * The branches directly below a prefix: parts up to the next separator that at least two of the scanned keys share. A
 * branch that holds all of them is skipped in favour of its own branches, so that no level has a single choice. Largest
 * first. Hidden keys have no branches.
 */
export function branchesOf(prefix: string, keys: readonly Named[]): PrefixNode[] {
  const group = groupOf(prefix);
  if (group === null) return [];
  const below = keys
    .filter(({ isHidden }) => !isHidden)
    .map(({ group: of, key, sizeBytes }) => ({ name: `${of}:${key}`, sizeBytes }))
    .filter(({ name }) => name.startsWith(prefix));
  const nodes = new Map<string, PrefixNode>();
  for (const { name, sizeBytes } of below) {
    const offset = name.slice(prefix.length).search(separators);
    if (offset === -1) continue;
    const branch = name.slice(0, prefix.length + offset + 1);
    const node = nodes.get(branch) ?? { prefix: branch, label: branch.slice(prefix.length), keys: 0, bytes: 0 };
    node.keys += 1;
    node.bytes += sizeBytes;
    nodes.set(branch, node);
  }
  const branches = [...nodes.values()].filter((node) => node.keys > 1);
  const [only] = branches;
  if (only !== undefined && branches.length === 1 && only.keys === below.length) {
    const deeper = branchesOf(only.prefix, keys);
    return deeper.map((node) => ({ ...node, label: only.label + node.label }));
  }
  return branches.toSorted((a, b) => b.keys - a.keys || (a.prefix < b.prefix ? -1 : 1));
}
