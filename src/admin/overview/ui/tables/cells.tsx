import type { OutcomeCounts } from "@/admin/insights/contract/overview";
import { countReads } from "@weir/core/outcomes";
import { outcomeBackground, outcomeLooks } from "@/ui/charts/outcomes";
import { minSamples } from "@/ui/charts/chart-source";
import { formatCount, formatDuration } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";

/** The outcomes of reads as a bar. */
export function OutcomeBar({ outcomes, className = "" }: { outcomes: OutcomeCounts; className?: string }) {
  const reads = countReads(outcomes);
  const present = outcomeLooks.filter(({ name }) => outcomes[name] > 0);
  const text = present.map(({ name, label }) => `${label} ${formatCount(outcomes[name])}`).join(", ");
  return (
    <span className={`block ${className}`} title={text}>
      <span aria-hidden className="flex h-2.5 w-full gap-px bg-sunken">
        {present.map(({ name }) => (
          <span
            key={name}
            className="h-full"
            style={{ flexGrow: outcomes[name] / Math.max(1, reads), ...outcomeBackground(name) }}
          />
        ))}
      </span>
      <span className="sr-only">{text}</span>
    </span>
  );
}

/** A percentile, faded if based on few samples. */
export function Percentile({ ms, count }: { ms: number | null; count: number }) {
  const isLow = count < minSamples;
  return (
    <span className={isLow ? "text-muted italic" : ""} title={isLow ? `Only ${count} samples` : undefined}>
      <Reading of={formatDuration(ms)} />
    </span>
  );
}
