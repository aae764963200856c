import type { ReactNode } from "react";

/** Says why there is nothing to see, and what would change that. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div data-empty className="max-w-prose border-t border-line py-4">
      <p className="font-medium">{title}</p>
      {children === undefined ? null : <div className="mt-0.5 text-muted">{children}</div>}
    </div>
  );
}
