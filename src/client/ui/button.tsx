import type { ButtonHTMLAttributes } from "react";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { isBusy?: boolean };

/** A button that says something; while it is busy it takes no second click and keeps its focus. */
export function Button({ isBusy = false, className = "", onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      aria-busy={isBusy}
      aria-disabled={isBusy}
      className={`inline-flex h-8 items-center gap-1.5 rounded border border-line-strong bg-raised px-2.5 font-medium hover:bg-sunken aria-disabled:text-muted ${className}`}
      onClick={isBusy ? undefined : onClick}
      {...rest}
    />
  );
}
