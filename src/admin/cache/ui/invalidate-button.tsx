"use client";

import { Eraser } from "lucide-react";
import { useId } from "react";
import { useMay } from "@/admin/frame/use-me";

const forOperators = "Invalidating is for operators and admins. Ask an administrator for the role.";

type Props = { label: string; isCompact?: boolean; onOpen: () => void; className?: string };

/** Opens the dialog. For whom it is not, it stays in its place, can be reached, and says why it does nothing. */
export function InvalidateButton({ label, isCompact = false, onOpen, className = "" }: Props) {
  const reasonId = useId();
  const may = useMay("operator");
  const isRefused = may === false;
  return (
    <span className={`group/refused relative inline-flex ${className}`}>
      <button
        type="button"
        aria-label={label}
        title={isRefused ? undefined : label}
        aria-disabled={may !== true}
        aria-describedby={isRefused ? reasonId : undefined}
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
        {isCompact ? null : "Invalidate"}
      </button>
      {isRefused ? (
        <span
          id={reasonId}
          role="tooltip"
          className={`pointer-events-none invisible absolute z-30 rounded border border-line bg-raised px-2.5 text-left text-[13px] leading-[18px] font-normal text-ink shadow-float group-focus-within/refused:visible group-hover/refused:visible ${isCompact ? "top-0 right-full py-1 whitespace-nowrap" : "top-full right-0 mt-1.5 w-60 py-1.5 whitespace-normal"}`}
        >
          {isCompact ? "For operators and admins" : forOperators}
        </span>
      ) : null}
    </span>
  );
}
