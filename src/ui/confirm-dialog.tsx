"use client";

import type { ReactNode } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { ProblemNotice } from "./problem-notice";

type Props = {
  /** Asks what would be done: `End all sessions of Ada Lovelace?` */
  title: string;
  /** The deed, as the button says it. */
  action: string;
  isDangerous?: boolean;
  isBusy: boolean;
  /** Why it was refused; null while it was not. */
  problem: unknown;
  onConfirm: () => void;
  onClose: () => void;
  /** What follows from it. */
  children: ReactNode;
};

/** Asks before something that others feel, and names what follows. Stays open when it was refused, and says why. */
export function ConfirmDialog({
  title,
  action,
  isDangerous = false,
  isBusy,
  problem,
  onConfirm,
  onClose,
  children,
}: Props) {
  return (
    <Dialog title={title} shape="card" onClose={onClose}>
      <div className="space-y-2">{children}</div>
      {problem === null ? null : <ProblemNotice cause={problem} />}
      <form method="dialog" className="mt-5 flex justify-end gap-2">
        {/* The focus begins on what does no harm. */}
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
