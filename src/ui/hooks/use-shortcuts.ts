import { useEffect, useRef } from "react";
import { isForInputMethod } from "./input-method";

export type Shortcut = {
  /** One key, or two pressed in sequence separated by a space: `.`, `g o`. Named as in `KeyboardEvent.key`. */
  keys: string;
  /** The action, for the list of shortcuts. */
  does: string;
  /** Null for keys that the focused element handles: these are only listed. */
  run: ((event: KeyboardEvent) => void) | null;
};

/** The second key of a sequence must follow within this time. */
const secondKeyWithinMs = 1_500;

// The shortcuts of the mounted components, in mount order.
const mounted = new Set<{ current: readonly Shortcut[] }>();
let first: { key: string; atMs: number } | null = null;

/** True while the user is typing, so that single letters are text. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}

/** All active shortcuts, each key once. */
export function listShortcuts(): Shortcut[] {
  const byKeys = new Map<string, Shortcut>();
  for (const { current } of mounted) for (const shortcut of current) byKeys.set(shortcut.keys, shortcut);
  return [...byKeys.values()];
}

function handle(event: KeyboardEvent): void {
  if (isForInputMethod(event) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
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
 * Registers keyboard shortcuts while the component is mounted. They are inactive while the user is typing, holds a
 * modifier key or has a dialog open.
 */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    if (mounted.size === 0) addEventListener("keydown", handle);
    mounted.add(latest);
    return () => {
      mounted.delete(latest);
      if (mounted.size === 0) removeEventListener("keydown", handle);
    };
  }, []);
}
