import { useMemo } from "react";
import type { HistogramBar } from "@/admin/insights/contract/series";
import { formatCount, formatDuration, readAloud } from "@/ui/format/numbers";
import { placeOf, toBands } from "./histogram-bands";

const duration = (ms: number): string => readAloud(formatDuration(ms));

type Props = {
  title: string;
  bars: readonly HistogramBar[];
  /** Drawn as lines: `p95` at its duration. */
  marks: readonly { label: string; ms: number | null }[];
};

/** How the durations are spread, each bar wider than the one before by the same factor. */
export function Histogram({ title, bars, marks }: Props) {
  const bands = useMemo(() => toBands(bars), [bars]);
  const most = Math.max(1, ...bands.map(({ count }) => count));
  const total = bands.reduce((sum, { count }) => sum + count, 0);
  const [first, last] = [bands[0], bands.at(-1)];
  if (first === undefined || last === undefined) return null;
  const end = last.toMs === null ? `over ${duration(last.fromMs)}` : duration(last.toMs);
  const words = `${title}: ${formatCount(total)} from ${duration(first.fromMs)} to ${end}. ${marks
    .filter(({ ms }) => ms !== null)
    .map(({ label, ms }) => `${label} ${duration(ms ?? 0)}`)
    .join(", ")}.`;
  const placed = marks.flatMap(({ label, ms }) => {
    const place = placeOf(bands, ms);
    return place === null ? [] : [{ label, place, ms }];
  });
  return (
    <figure aria-label={words}>
      <figcaption className="mb-4 font-semibold">
        <span>{title}</span>
        <span className="caption ml-2 font-normal">{`${formatCount(total)} samples, logarithmic`}</span>
      </figcaption>
      <div aria-hidden className="relative">
        <div className="flex h-20 items-end gap-px border-b border-line-strong">
          {bands.map(({ fromMs, toMs, count }) => (
            <span
              key={fromMs}
              className="min-w-0 flex-1 bg-accent"
              style={{ height: count === 0 ? 0 : `max(2px, ${(count / most) * 100}%)` }}
              title={`${duration(fromMs)} to ${toMs === null ? "any" : duration(toMs)}: ${formatCount(count)}`}
            />
          ))}
        </div>
        {placed.map(({ label, place }, index) => (
          <span
            key={label}
            className="pointer-events-none absolute inset-y-0 border-l border-dashed border-ink"
            style={{ left: `${place * 100}%` }}
          >
            {/* Neighbours may be close: their words alternate. */}
            <span className={`absolute left-1 text-[11px] leading-none ${index % 2 === 0 ? "-top-3" : "top-0"}`}>
              {label}
            </span>
          </span>
        ))}
        <div className="caption flex justify-between pt-1 tabular-nums">
          <span>{duration(first.fromMs)}</span>
          <span>{end}</span>
        </div>
      </div>
    </figure>
  );
}
