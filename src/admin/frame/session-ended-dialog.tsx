"use client";

import { LogIn } from "lucide-react";
import { useState } from "react";
import { Dialog } from "@/ui/feedback/dialog";

/** Covers a page whose session has ended. Signing in returns to the same view. */
export default function SessionEndedDialog() {
  const [isDismissed, setDismissed] = useState(false);
  if (isDismissed) return null;
  const back = `${location.pathname}${location.search}`;
  return (
    <Dialog title="You are signed out" shape="card" isSteady onClose={() => setDismissed(true)}>
      <p className="text-muted">
        Your session has ended: you signed out in another tab, the session was revoked, or it expired. The data on this
        page may be out of date. Sign in again to return to this view.
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
