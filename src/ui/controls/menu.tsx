"use client";

import { type KeyboardEvent, type MouseEvent, type ReactNode, useId, useRef } from "react";

type Props = {
  /** The content of the button. */
  trigger: ReactNode;
  /** The accessible name of the button. */
  label: string;
  triggerClassName?: string;
  children: ReactNode;
};

const gapPx = 6;
const marginPx = 8;

/** Places the menu next to its button, on the side with enough room. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + gapPx;
  const fitsBelow = below + height + marginPx <= innerHeight;
  const left = at.left + width + marginPx <= innerWidth ? at.left : at.right - width;
  menu.style.top = `${Math.max(marginPx, fitsBelow ? below : at.top - gapPx - height)}px`;
  menu.style.left = `${Math.max(marginPx, Math.min(left, innerWidth - width - marginPx))}px`;
}

/**
 * A button with a native popover of links and buttons: the browser closes it on Escape and on a click outside, and
 * restores the focus. The up and down arrow keys move through the items, as Tab does.
 */
export function Menu({ trigger, label, triggerClassName = "", children }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  const walk = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || menu.current?.matches(":popover-open") !== true) return;
    // A field uses these keys itself.
    if (event.target instanceof HTMLInputElement && event.target.type !== "checkbox") return;
    event.preventDefault();
    const items = [...menu.current.querySelectorAll<HTMLElement>("a, button, input[type=checkbox]")];
    const at = items.findIndex((item) => item === document.activeElement);
    items[at === -1 ? (step === 1 ? 0 : items.length - 1) : (at + step + items.length) % items.length]?.focus();
  };

  const leave = ({ target }: MouseEvent): void => {
    if (target instanceof Element && target.closest("a, [data-closes]") !== null) menu.current?.hidePopover();
  };

  return (
    // The group handles the keys and clicks of everything inside it.
    <div role="group" aria-label={label} className="contents" onKeyDown={walk} onClick={leave}>
      <button ref={button} type="button" aria-label={label} popoverTarget={id} className={triggerClassName}>
        {trigger}
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        className="fixed m-0 min-w-52 rounded-md border border-line bg-raised py-1.5 text-ink shadow-float"
        onToggle={({ newState }) => {
          if (newState === "open" && menu.current !== null && button.current !== null) {
            place(menu.current, button.current);
          }
        }}
      >
        {children}
      </div>
    </div>
  );
}

/** The look of a link or button in a menu. */
export const menuItemLook =
  "flex h-8 w-full items-center gap-2.5 px-3 text-left hover:bg-sunken focus-visible:-outline-offset-2";
