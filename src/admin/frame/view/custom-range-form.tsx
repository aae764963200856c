"use client";

import { type FormEvent, useState } from "react";
import { maxRangeDays, maxRangeMs, minRangeMs } from "@/admin/insights/contract/ranges";
import { Button } from "@/ui/controls/button";
import { fieldLook } from "@/ui/controls/field";
import { localTimeZone, momentsOf, readFieldValue, toFieldValue } from "@/ui/format/zoned-time";
import { describeZone } from "./range-words";
import type { View } from "./use-view";

const hourMs = 3_600_000;

/** What the two fields say: the moments, or why they are no range. */
function resolve(from: string, to: string, timeZone: string): { fromMs: number; toMs: number } | string {
  const [begin, end] = [readFieldValue(from), readFieldValue(to)];
  if (begin === null || end === null) return "Enter both times.";
  const fromMs = momentsOf(begin, timeZone)[0];
  const toMs = momentsOf(end, timeZone).at(-1);
  if (fromMs === undefined || toMs === undefined) {
    return "This time does not exist: the clocks go forward over it.";
  }
  if (toMs - fromMs < minRangeMs) return "The end must be at least 5 s after the start.";
  return toMs - fromMs > maxRangeMs ? `A range can be at most ${maxRangeDays} days long.` : { fromMs, toMs };
}

/** Two times in the viewer's time zone. An hour that the clocks repeat is included in full. */
export default function CustomRangeForm({ view }: { view: View }) {
  const timeZone = localTimeZone();
  const [initial] = useState(() => {
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    const { range } = view;
    return typeof range === "string"
      ? { fromMs: now - hourMs, toMs: now }
      : { fromMs: Date.parse(range.from), toMs: Date.parse(range.to) };
  });
  const [from, setFrom] = useState(() => toFieldValue(initial.fromMs, timeZone));
  const [to, setTo] = useState(() => toFieldValue(initial.toMs, timeZone));
  const resolved = resolve(from, to, timeZone);
  const isValid = typeof resolved !== "string";

  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (!isValid) return;
    event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
    view.setRange({ from: new Date(resolved.fromMs).toISOString(), to: new Date(resolved.toMs).toISOString() });
  }

  return (
    <form className="w-72 space-y-2 border-t border-line px-3 pt-2 pb-1.5" onSubmit={submit} noValidate>
      {(
        [
          ["From", from, setFrom],
          ["To", to, setTo],
        ] as const
      ).map(([label, value, set]) => (
        <label key={label} className="flex items-center gap-2">
          <span className="w-10 text-muted">{label}</span>
          <input
            type="datetime-local"
            step={1}
            required
            className={`h-8 min-w-0 flex-1 px-2 tabular-nums ${fieldLook}`}
            value={value}
            onChange={(event) => set(event.target.value)}
          />
        </label>
      ))}
      <p role="status" className={`caption min-h-8 ${isValid ? "" : "text-act"}`}>
        {isValid ? describeZone(resolved, timeZone) : resolved}
      </p>
      <Button type="submit" tone="primary" className="w-full" aria-disabled={!isValid}>
        Show this range
      </Button>
    </form>
  );
}
