"use client";

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./button";

/** Copies a text to the clipboard and reports the result. `name` says what the text is: `password`. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // Without TLS or permission a page may not write to the clipboard.
      setState("refused");
    }
  };
  const Icon = state === "copied" ? Check : Copy;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <Button onClick={() => void copy()} aria-label={`Copy ${name}`}>
        <Icon aria-hidden size={14} />
        <span>{state === "copied" ? "Copied" : "Copy"}</span>
      </Button>
      <span role="status" className={state === "refused" ? "text-watch" : "sr-only"}>
        {state === "copied"
          ? `Copied the ${name} to the clipboard.`
          : state === "refused"
            ? "The browser blocked the clipboard. Select the text and copy it manually."
            : ""}
      </span>
    </span>
  );
}
