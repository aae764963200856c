"use client";

import { useState } from "react";
import type { Advice } from "@/admin/queries/contract";
import { CopyButton } from "@/ui/controls/copy-button";
import { Segments } from "@/ui/controls/choice";
import { Badge } from "@/ui/feedback/badge";
import { formatBytes, formatCount, formatDuration, readAloud } from "@/ui/format/numbers";
import { adviceTitle, gainWords, ruleWords } from "./advice-words";

const forms = [
  { value: "sql", label: "SQL" },
  { value: "drizzle", label: "Drizzle" },
] as const;

type Props = {
  advice: Advice;
  /** Opens a statement that the advice is for. */
  onOpen?: (name: string) => void;
};

/** One piece of advice: what to do, why, for which statements, and the text that does it. */
export function AdviceCard({ advice, onOpen }: Props) {
  const [form, setForm] = useState<"sql" | "drizzle">("sql");
  const { reasons, statements, sql, drizzle, sizeBytes, isSizeEstimated, confidence, rule, action } = advice;
  const text = form === "sql" ? sql.map((one) => one.replace(/;?\s*$/, ";")).join("\n") : drizzle;
  const most = Math.max(1, ...statements.map(({ costBefore }) => costBefore));
  return (
    <article aria-label={adviceTitle(advice)} className="border-t border-line-strong py-4" data-advice={advice.id}>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="font-semibold [overflow-wrap:anywhere]">{adviceTitle(advice)}</h3>
        <Badge tone={confidence === "high" ? "accent" : "plain"}>{`${confidence} confidence`}</Badge>
        <span className="caption ml-auto tabular-nums">
          {`${action === "create" ? (isSizeEstimated ? "about " : "") : "frees "}${readAloud(formatBytes(sizeBytes))} · ${ruleWords[rule]}`}
        </span>
      </div>
      {reasons.map((reason) => (
        <p key={reason} className="mt-1 max-w-prose">
          {reason}
        </p>
      ))}
      {statements.length === 0 ? null : (
        <ul aria-label="Statements" className="mt-2.5 space-y-2">
          {statements.map((one) => (
            <li key={`${one.name} ${one.variant}`}>
              <div className="flex flex-wrap items-baseline gap-x-3 text-[13px] tabular-nums">
                {onOpen === undefined ? (
                  <span className="font-mono [overflow-wrap:anywhere]">{one.name}</span>
                ) : (
                  <button
                    type="button"
                    className="text-left font-mono [overflow-wrap:anywhere] text-accent hover:underline"
                    onClick={() => onOpen(one.name)}
                  >
                    {one.name}
                  </button>
                )}
                <span className="caption">
                  {one.calls === null
                    ? "not called lately"
                    : `${formatCount(one.calls)} calls, ${readAloud(formatDuration(one.totalMs ?? 0))}`}
                </span>
                <span className="ml-auto">
                  {one.costAfter === null
                    ? `cost ${formatCount(one.costBefore)}`
                    : `cost ${formatCount(one.costBefore)} → ${formatCount(one.costAfter)}`}
                </span>
                {gainWords(one) === null ? null : <strong className="font-medium text-good">{gainWords(one)}</strong>}
              </div>
              <div aria-hidden className="mt-1 h-1.5 bg-sunken">
                <div className="h-full bg-accent" style={{ width: `${(one.costBefore / most) * 100}%` }} />
              </div>
              {one.costAfter === null ? null : (
                <div aria-hidden className="mt-px h-1.5 bg-sunken">
                  <div className="h-full bg-good" style={{ width: `max(2px, ${(one.costAfter / most) * 100}%)` }} />
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="mt-3 flex items-center justify-between gap-3">
        <Segments legend={`${adviceTitle(advice)} as`} options={forms} chosen={form} onChoose={setForm} />
        <CopyButton text={text} name={form === "sql" ? "SQL" : "Drizzle entry"} />
      </div>
      <pre
        role="region"
        aria-label={form === "sql" ? "SQL to run" : "Drizzle entry"}
        tabIndex={0}
        className="mt-1.5 overflow-auto rounded bg-sunken p-3 font-mono text-[12.5px] leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]"
      >
        {text}
      </pre>
      <p className="caption mt-1">
        {form === "drizzle"
          ? "For the third argument of pgTable."
          : "Run each statement outside a transaction: CONCURRENTLY does not block writes."}
      </p>
    </article>
  );
}
