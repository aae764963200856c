"use client";

import { Eraser } from "lucide-react";
import { useId } from "react";
import { useMay } from "@/admin/frame/use-me";

const forOperators = "Only operators and admins can invalidate. Ask an administrator for the role.";

type Props = { label: string; isCompact?: boolean; onOpen: () => void; className?: string };

/** Opens the dialog. Without the role it stays visible and focusable, and explains why it is disabled. */
export function InvalidateButton({ label, isCompact = false, onOpen, className = "" }: Props) {
  const reasonId = useId();
  const may = useMay("operator");
  const isForbidden = may === false;
  return (
    <span className={`group/forbidden relative inline-flex ${className}`}>
      <button
        type="button"
        aria-label={label}
        title={isForbidden ? undefined : label}
        aria-disabled={may !== true}
        aria-describedby={isForbidden ? reasonId : undefined}
        className={
          isCompact
            ? "grid size-7 place-items-center rounded text-muted hover:bg-line hover:text-ink aria-disabled:opacity-45"
            : "inline-flex h-8 items-center gap-1.5 rounded border border-line-strong bg-raised px-2.5 font-medium whitespace-nowrap hover:bg-sunken aria-disabled:border-line aria-disabled:text-muted"
        }
        onClick={(event) => {
          event.stopPropagation();
          if (may === true) onOpen();
        }}
      >
        <Eraser aria-hidden size={14} strokeWidth={1.75} />
        {isCompact ? null : <span>Invalidate</span>}
      </button>
      {isForbidden ? (
        <span
          id={reasonId}
          role="tooltip"
          className={`pointer-events-none invisible absolute z-30 rounded border border-line bg-raised px-2.5 text-left text-[13px] leading-[18px] font-normal text-ink shadow-float group-focus-within/forbidden:visible group-hover/forbidden:visible ${isCompact ? "top-0 right-full py-1 whitespace-nowrap" : "top-full right-0 mt-1.5 w-60 py-1.5 whitespace-normal"}`}
        >
          {isCompact ? "Operators and admins only" : forOperators}
        </span>
      ) : null}
    </span>
  );
}
