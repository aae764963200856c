import type { KeyboardEvent } from "react";
import type { Shortcut } from "../hooks/use-shortcuts";

const tablesOnPage = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-table]")];

/** Moves the focus to the button of another row: of the table with the focus, else of the first on the page. */
function moveRow(step: 1 | -1): void {
  const table = document.activeElement?.closest<HTMLElement>("[data-table]") ?? tablesOnPage()[0];
  const buttons = [...(table?.querySelectorAll<HTMLElement>("[data-row-button]") ?? [])];
  const row = document.activeElement?.closest("[data-row]");
  const at = buttons.findIndex((button) => button.closest("[data-row]") === row);
  const target = buttons[at === -1 ? 0 : at + step];
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
}

/** Moves the focus along the buttons of a row: its name, its numbers, its action. */
function moveCell(event: KeyboardEvent, step: 1 | -1): void {
  if (!(event.target instanceof HTMLElement)) return;
  const buttons = [...(event.target.closest("[data-row]")?.querySelectorAll<HTMLElement>("button, a") ?? [])];
  const at = buttons.indexOf(event.target);
  const target = at === -1 ? undefined : buttons[at + step];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}

/** `j` and `k` move between rows from anywhere on the page. */
export const rowShortcuts: readonly Shortcut[] = [
  { keys: "j", does: "Next row", run: () => moveRow(1) },
  { keys: "k", does: "Previous row", run: () => moveRow(-1) },
  { keys: "Enter", does: "Open the row, or filter by the focused number", run: null },
];

/** The arrow keys move between the rows of a table and along the cells of a row. */
export function moveByArrow(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!(event.target instanceof HTMLElement) || event.target.closest("[data-row]") === null) return;
  if (event.key === "ArrowLeft") moveCell(event, -1);
  else if (event.key === "ArrowRight") moveCell(event, 1);
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    moveRow(event.key === "ArrowDown" ? 1 : -1);
  }
}
