import type { ButtonHTMLAttributes } from "react";

/** `primary` is the main action of a view; `danger` removes something. */
export type ButtonTone = "plain" | "primary" | "danger";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { isBusy?: boolean; tone?: ButtonTone };

const tones: Readonly<Record<ButtonTone, string>> = {
  plain: "border-line-strong bg-raised hover:bg-sunken aria-disabled:text-muted",
  primary:
    "border-accent bg-accent text-ground hover:border-ink hover:bg-ink aria-disabled:border-line-strong aria-disabled:bg-sunken aria-disabled:text-muted",
  danger:
    "border-act bg-raised text-act hover:bg-act hover:text-ground aria-disabled:border-line-strong aria-disabled:bg-sunken aria-disabled:text-muted",
};

/** A button with a label. While busy it ignores clicks and keeps the focus. */
export function Button({ isBusy = false, tone = "plain", className = "", onClick, ...rest }: Props) {
  return (
    <button
      type="button"
      aria-busy={isBusy}
      aria-disabled={isBusy}
      className={`inline-flex h-8 items-center justify-center gap-1.5 rounded border px-2.5 font-medium ${tones[tone]} ${className}`}
      onClick={isBusy ? undefined : onClick}
      {...rest}
    />
  );
}
