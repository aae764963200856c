/**
 * The order of `keys` for somebody who points at a row: what was there stays where it was, what is new comes last, what
 * is gone is left out.
 */
export function holdOrder(held: readonly string[], keys: readonly string[]): string[] {
  const present = new Set(keys);
  const before = new Set(held);
  return [...held.filter((key) => present.has(key)), ...keys.filter((key) => !before.has(key))];
}
