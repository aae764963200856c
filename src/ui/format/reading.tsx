import type { Reading as ReadingValue } from "./numbers";

/** A number with its unit small and muted next to it. */
export function Reading({ of, className = "" }: { of: ReadingValue; className?: string }) {
  return (
    <span className={`whitespace-nowrap tabular-nums ${className}`}>
      <span>{of.value}</span>
      {of.unit === "" ? null : <span className="text-[0.82em] text-muted">{`\u00A0${of.unit}`}</span>}
    </span>
  );
}
