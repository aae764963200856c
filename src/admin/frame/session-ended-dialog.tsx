"use client";

import { LogIn } from "lucide-react";
import { useState } from "react";
import { Dialog } from "@/ui/feedback/dialog";

/** Stands before a page whose session has ended. What was shown stays behind it; signing in leads back to this view. */
export function SessionEndedDialog() {
  const [isLeft, setLeft] = useState(false);
  if (isLeft) return null;
  const back = `${location.pathname}${location.search}`;
  return (
    <Dialog title="You are signed out" shape="card" isSteady onClose={() => setLeft(true)}>
      <p className="text-muted">
        The session has ended: it was signed out, ended from elsewhere, or not used for long. What you see is as old as
        that. Nothing was lost, and signing in leads back to this view.
      </p>
      <a
        data-focus-first
        href={`/sign-in?next=${encodeURIComponent(back)}`}
        className="mt-4 inline-flex h-8 items-center gap-1.5 rounded border border-accent bg-accent px-2.5 font-medium text-ground hover:border-ink hover:bg-ink"
      >
        <LogIn aria-hidden size={14} />
        Sign in again
      </a>
    </Dialog>
  );
}
