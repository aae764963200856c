import type { ReactNode } from "react";

/** Explains why a view is empty and what to do about it. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div data-empty className="max-w-prose border-t border-line py-4">
      <p className="font-medium">{title}</p>
      {children === undefined ? null : <div className="mt-0.5 text-muted">{children}</div>}
    </div>
  );
}
