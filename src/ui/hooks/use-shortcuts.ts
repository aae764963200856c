import { useEffect, useRef } from "react";

export type Shortcut = {
  /** One key, or two pressed after each other with a space between: `.`, `g o`. Named as in `KeyboardEvent.key`. */
  keys: string;
  /** What it does, for the list of keys. */
  does: string;
  /** Null for keys that the focused element hears by itself: they are listed only. */
  run: ((event: KeyboardEvent) => void) | null;
};

/** The second key of two must follow within this time. */
const secondKeyWithinMs = 1_500;

// What the mounted components hear, in the order of their mounting.
const heard = new Set<{ current: readonly Shortcut[] }>();
let first: { key: string; atMs: number } | null = null;

/** True where single letters belong to what one is writing. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

/** All that the page hears now, each key once. */
export function listShortcuts(): Shortcut[] {
  const byKeys = new Map<string, Shortcut>();
  for (const { current } of heard) for (const shortcut of current) byKeys.set(shortcut.keys, shortcut);
  return [...byKeys.values()];
}

function hear(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isWriting(event.target) || document.querySelector("dialog[open]") !== null) return;
  const before = first !== null && event.timeStamp - first.atMs < secondKeyWithinMs ? first.key : null;
  first = { key: event.key, atMs: event.timeStamp };
  const known = listShortcuts();
  const both = before === null ? undefined : known.find(({ keys }) => keys === `${before} ${event.key}`);
  const found = both ?? known.find(({ keys }) => keys === event.key);
  if (found === undefined || found.run === null) return;
  first = null;
  event.preventDefault();
  found.run(event);
}

/**
 * Keys of a page while it is mounted. Not heard while one writes, holds a modifier or has a dialog open. `?` lists them
 * where the dashboard's frame is.
 */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    if (heard.size === 0) addEventListener("keydown", hear);
    heard.add(latest);
    return () => {
      heard.delete(latest);
      if (heard.size === 0) removeEventListener("keydown", hear);
    };
  }, []);
}
