"use client";

import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

type Props = {
  title: string;
  onClose: () => void;
  /** A sheet stands at the right edge; a card in the middle. */
  shape: "sheet" | "card";
  /** Shows what cannot be shown again: only its own buttons close it, not Escape or a press beside it. */
  isSteady?: boolean;
  children: ReactNode;
};

/** A native modal dialog: the browser keeps the focus inside, closes it on Escape and gives the focus back. */
export function Dialog({ title, onClose, shape, isSteady = false, children }: Props) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    const before = document.activeElement;
    if (!element.open) {
      element.showModal();
      // The browser would choose the button that closes it.
      element.querySelector<HTMLElement>("[data-focus-first]")?.focus();
    }
    return () => {
      // Taken away while it was open: the browser gives the focus back only to those who close.
      const isLost = !element.isConnected && document.activeElement === document.body;
      if (isLost && before instanceof HTMLElement) before.focus();
    };
  }, []);
  // Always through the browser, which then gives the focus back to where it was, and tells `onClose`.
  const close = (): void => dialog.current?.close();
  const place =
    shape === "sheet"
      ? "my-0 mr-0 ml-auto h-dvh max-h-dvh w-[min(36rem,100vw)] max-w-none border-l"
      : "m-auto w-[min(26rem,calc(100vw-2rem))] rounded-md border";
  return (
    // The backdrop belongs to the dialog element, so a press beside the content closes it. Escape does so by itself.
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className={`border-line bg-raised p-0 text-ink shadow-float backdrop:bg-black/35 ${place}`}
      // React hands it up through dialogs that were opened from within this one.
      onClose={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
      onCancel={(event) => {
        if (isSteady && event.target === event.currentTarget) event.preventDefault();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget && !isSteady) close();
      }}
    >
      <div className="flex min-h-full flex-col">
        <div className="sticky top-0 flex items-start gap-3 border-b border-line bg-raised px-5 py-3">
          <h2 id={titleId} className="min-w-0 flex-1 leading-7 font-semibold break-words">
            {title}
          </h2>
          <button
            type="button"
            aria-label="Close"
            className="-mr-1.5 grid size-7 place-items-center rounded text-muted hover:text-ink"
            onClick={close}
          >
            <X aria-hidden size={16} />
          </button>
        </div>
        <div className="flex-1 px-5 py-4">{children}</div>
      </div>
    </dialog>
  );
}
