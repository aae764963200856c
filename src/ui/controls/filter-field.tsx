"use client";

import { Search } from "lucide-react";
import { useRef } from "react";
import { isForInputMethod } from "../hooks/input-method";
import { useIsHydrated } from "../hooks/use-is-hydrated";
import { useShortcuts } from "../hooks/use-shortcuts";
import { fieldLook } from "./field";

type Props = { label: string; placeholder: string; value: string; onChange: (text: string) => void };

/** Filters the list below. `/` focuses the field; Escape first clears it, then leaves it. */
export function FilterField({ label, placeholder, value, onChange }: Props) {
  const isHydrated = useIsHydrated();
  const field = useRef<HTMLInputElement>(null);
  useShortcuts([{ keys: "/", does: "Focus the filter", run: () => field.current?.select() }]);
  return (
    <div role="search" className="relative w-72 max-w-full">
      <Search aria-hidden size={14} className="absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
      <input
        ref={field}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={placeholder}
        className={`h-8 w-full pr-8 pl-8 ${fieldLook}`}
        value={value}
        // What is typed before hydration would be lost.
        readOnly={!isHydrated}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || isForInputMethod(event.nativeEvent)) return;
          if (value === "") event.currentTarget.blur();
          else onChange("");
        }}
      />
      <kbd
        aria-hidden
        className={`absolute top-1/2 right-2 -translate-y-1/2 rounded-[3px] border border-line px-1 font-mono text-xs text-muted ${value === "" ? "" : "hidden"}`}
      >
        /
      </kbd>
    </div>
  );
}
