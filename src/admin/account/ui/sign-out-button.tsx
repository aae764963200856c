"use client";

import { useState } from "react";
import { requestSignOut } from "@/admin/sign-in/ui/sign-in-request";
import { Button } from "@/ui/controls/button";

/** Ends this session and shows the prompt. Where the server did not hear it, it says so: one is still signed in then. */
export function SignOutButton() {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const signOut = async (): Promise<void> => {
    setState("busy");
    if (await requestSignOut()) location.assign("/sign-in");
    else setState("failed");
  };
  return (
    <span className="inline-flex flex-col items-end gap-1">
      <Button isBusy={state === "busy"} onClick={() => void signOut()}>
        Sign out
      </Button>
      <span role="alert" className="caption empty:hidden">
        {state === "failed" ? "Not signed out: the server cannot be reached." : null}
      </span>
    </span>
  );
}
