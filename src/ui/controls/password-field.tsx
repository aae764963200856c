"use client";

import { ArrowBigUpDash, Eye, EyeOff } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import { Field } from "./field";

type Props = {
  label: string;
  name: string;
  /** Tells password managers whether to fill in or generate a password. */
  autoComplete: "current-password" | "new-password";
  hint?: ReactNode;
  problem?: string | null;
  minLength?: number;
  maxLength?: number;
  onInput?: (password: string) => void;
};

/** A password field with a toggle to show the text and a warning when Caps Lock is on. */
export function PasswordField({ label, hint, onInput, ...input }: Props) {
  const [isShown, setShown] = useState(false);
  const [isCaps, setCaps] = useState(false);
  const notice = (event: KeyboardEvent): void => setCaps(event.getModifierState("CapsLock"));
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div>
      <Field
        {...input}
        label={label}
        hint={hint}
        type={isShown ? "text" : "password"}
        required
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        onKeyDown={notice}
        onKeyUp={notice}
        onBlur={() => setCaps(false)}
        onInput={(event) => onInput?.(event.currentTarget.value)}
        addon={
          <button
            type="button"
            aria-pressed={isShown}
            aria-label={`Show ${label.toLowerCase()}`}
            title={isShown ? "Hide" : "Show"}
            className="grid size-7 place-items-center rounded text-muted hover:text-ink"
            onClick={() => setShown(!isShown)}
          >
            <Icon aria-hidden size={16} strokeWidth={1.75} />
          </button>
        }
      />
      <p role="status" className="text-[13px] text-watch">
        {isCaps ? (
          <span className="mt-1 flex items-center gap-1">
            <ArrowBigUpDash aria-hidden size={14} />
            Caps Lock is on.
          </span>
        ) : null}
      </p>
    </div>
  );
}
