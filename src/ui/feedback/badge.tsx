import type { ReactNode } from "react";

const tones = {
  plain: "border-line-strong text-muted",
  accent: "border-transparent bg-accent-soft text-ink",
  watch: "border-current text-watch",
} as const;

/** A short label that sets a row apart. */
export function Badge({ tone = "plain", children }: { tone?: keyof typeof tones; children: ReactNode }) {
  return (
    <span
      className={`inline-block rounded-[3px] border px-1.5 text-xs leading-[18px] whitespace-nowrap ${tones[tone]}`}
    >
      {children}
    </span>
  );
}
