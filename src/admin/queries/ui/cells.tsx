import { minSamples } from "@/ui/charts/chart-source";
import { formatDuration, formatFixed, formatShare, readAloud, type Reading as ReadingValue } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";

type TimingProps = { ms: number | null; count: number; format?: (value: number | null) => ReadingValue };

/** A number that is faded when it is based on few samples. */
export function Timing({ ms, count, format = formatDuration }: TimingProps) {
  const isLow = count < minSamples;
  return (
    <span className={isLow ? "text-muted italic" : ""} title={isLow ? `Only ${count} samples` : undefined}>
      <Reading of={format(ms)} />
    </span>
  );
}

/** Changes below this are noise. */
const minChange = 0.05;

/** `+38 %`, `2.4×`; null below 5 %. */
function changeWords(now: number | null, before: number | null): string | null {
  if (now === null || before === null || before === 0) return null;
  const ratio = now / before;
  if (Math.abs(ratio - 1) < minChange) return null;
  return ratio >= 2
    ? `×${formatFixed(ratio, ratio < 9.95 ? 1 : 0)}`
    : `${ratio > 1 ? "+" : "−"}${formatFixed(Math.abs(ratio - 1) * 100, 0)}%`;
}

type ChangeProps = {
  now: number | null;
  before: number | null;
  /** More is neither better nor worse. */
  isNeutral?: boolean;
};

/** The change since the previous period beside a number; keeps its place when there is none. */
export function Change({ now, before, isNeutral = false }: ChangeProps) {
  const words = changeWords(now, before);
  const isMore = words !== null && (now ?? 0) > (before ?? 0);
  const color = isNeutral || words === null ? "text-muted" : isMore ? "text-watch" : "text-good";
  return <span className={`ml-1 inline-block w-8 text-right text-[11.5px] tabular-nums ${color}`}>{words ?? ""}</span>;
}

/** A number with its share of the whole as a bar behind it. */
export function ShareBar({ share, of }: { share: number | null; of: ReadingValue }) {
  return (
    <span className="flex items-center gap-2" title={`${readAloud(formatShare(share))} of the time of all statements`}>
      <span aria-hidden className="h-2 w-10 shrink-0 bg-sunken">
        <span className="block h-full bg-accent" style={{ width: `${(share ?? 0) * 100}%` }} />
      </span>
      <Reading of={of} className="ml-auto" />
      <span className="sr-only">{`${readAloud(formatShare(share))} of the time of all statements`}</span>
    </span>
  );
}
