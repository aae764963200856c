import { useMemo } from "react";
import { CopyButton } from "@/ui/controls/copy-button";
import { formatSql, type SqlPart, sqlText } from "./format-sql";

const looks: Readonly<Record<SqlPart["kind"], string>> = {
  keyword: "font-medium text-accent",
  placeholder: "font-semibold",
  literal: "text-muted",
  text: "",
};

type Props = { sql: string; name: string; label: string; className?: string };

/** SQL with one clause per line, and a button that copies it. */
export function SqlText({ sql, name, label, className = "max-h-64" }: Props) {
  const parts = useMemo(() => formatSql(sql), [sql]);
  const text = useMemo(() => sqlText(parts), [parts]);
  return (
    <div className="relative">
      <pre
        aria-label={label}
        className={`overflow-auto rounded bg-sunken py-2.5 pr-24 pl-3 font-mono text-[12.5px] leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere] ${className}`}
        // Scrolls, and is focusable for that.
        tabIndex={0}
        role="region"
      >
        {parts.map(({ kind, text: piece }, index) =>
          kind === "text" ? (
            // Parts have no identity but their place.
            // oxlint-disable-next-line react/no-array-index-key
            <span key={index}>{piece}</span>
          ) : (
            // oxlint-disable-next-line react/no-array-index-key
            <span key={index} className={looks[kind]}>
              {piece}
            </span>
          ),
        )}
      </pre>
      <div className="absolute top-1.5 right-1.5">
        <CopyButton text={text} name={name} />
      </div>
    </div>
  );
}
