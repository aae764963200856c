"use client";

import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "../controls/button";
import { ProblemNotice } from "./problem-notice";

type ConfirmDialogProps = {
  /** The question: `End all sessions of Ada Lovelace?` */
  title: string;
  /** The label of the confirming button. */
  action: string;
  isDangerous?: boolean;
  isBusy: boolean;
  /** Why the request failed; null if it did not. */
  problem: unknown;
  onConfirm: () => void;
  onClose: () => void;
  /** The consequences. */
  children: ReactNode;
};

/** Asks for confirmation and names the consequences. Stays open on failure and shows the reason. */
export function ConfirmDialog({
  title,
  action,
  isDangerous = false,
  isBusy,
  problem,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  return (
    <Dialog title={title} shape="card" onClose={onClose}>
      <div className="space-y-2">{children}</div>
      {problem === null ? null : <ProblemNotice cause={problem} />}
      <form method="dialog" className="mt-5 flex justify-end gap-2">
        {/* The initial focus is on the harmless choice. */}
        <Button type="submit" data-focus-first>
          Cancel
        </Button>
        <Button tone={isDangerous ? "danger" : "primary"} isBusy={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </form>
    </Dialog>
  );
}

type DialogProps = {
  title: string;
  onClose: () => void;
  /** A sheet slides in at the right edge, a wide one holds charts and trees; a card is centred. */
  shape: "sheet" | "wideSheet" | "card";
  /** For content that cannot be shown again: only the dialog's own buttons close it, not Escape or a click outside. */
  isSteady?: boolean;
  children: ReactNode;
};

/** A native modal dialog: the browser traps the focus, closes the dialog on Escape and restores the focus. */
export function Dialog({ title, onClose, shape, isSteady = false, children }: DialogProps) {
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    const before = document.activeElement;
    if (!element.open) {
      element.showModal();
      // By default the browser focuses the close button.
      element.querySelector<HTMLElement>("[data-focus-first]")?.focus();
    }
    return () => {
      // When the element is unmounted while open, the browser does not restore the focus.
      const isLost = !element.isConnected && document.activeElement === document.body;
      if (isLost && before instanceof HTMLElement) before.focus();
    };
  }, []);
  // Closing through the browser restores the focus and fires `onClose`.
  const close = (): void => dialog.current?.close();
  const place =
    shape === "card"
      ? "m-auto w-[min(26rem,calc(100vw-2rem))] rounded-md border"
      : `my-0 mr-0 ml-auto h-dvh max-h-dvh max-w-none border-l ${shape === "sheet" ? "w-[min(36rem,100vw)]" : "w-[min(54rem,100vw)]"}`;
  return (
    // The backdrop belongs to the dialog element, so a click outside the content closes the dialog.
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className={`border-line bg-raised p-0 text-ink shadow-float backdrop:bg-black/35 ${place}`}
      // React bubbles `close` up from nested dialogs.
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
        <div className="sticky top-0 z-10 flex items-start gap-3 border-b border-line bg-raised px-5 py-3">
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
