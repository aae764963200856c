"use client";

import type { LucideIcon } from "lucide-react";
import { useMay } from "@/admin/frame/use-me";

type Props = { label: string; Icon: LucideIcon; onClick: () => void; className?: string };

/** A small button for operators. Without the role it stays visible and focusable, and says why it does nothing. */
export function ForOperators({ label, Icon, onClick, className = "" }: Props) {
  const may = useMay("operator");
  return (
    <button
      type="button"
      aria-label={may === false ? `${label} Operators and admins only` : label}
      title={may === false ? "Operators and admins only" : label}
      aria-disabled={may !== true}
      className={`grid size-7 shrink-0 place-items-center rounded text-muted hover:bg-line hover:text-ink focus-visible:opacity-100 aria-disabled:opacity-45 ${className}`}
      onClick={(event) => {
        event.stopPropagation();
        if (may === true) onClick();
      }}
    >
      <Icon aria-hidden size={14} strokeWidth={1.75} />
    </button>
  );
}
