/** Moves the focus to the next row's button (`step` 1) or to the one before (-1), over all tables of the page. */
export function moveToRow(step: 1 | -1): void {
  const buttons = [...document.querySelectorAll<HTMLElement>("[data-row-button]")];
  const now = buttons.findIndex((button) => button === document.activeElement);
  const next =
    now === -1 ? (step === 1 ? 0 : buttons.length - 1) : Math.min(buttons.length - 1, Math.max(0, now + step));
  buttons[next]?.focus();
}
