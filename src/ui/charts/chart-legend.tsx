import { Reading } from "../format/reading";
import { strengthOpacity } from "./draw/palette";
import type { SeriesLook } from "./chart-source";
import { lookBackground } from "./look";
import type { LegendEntry, PreparedChart } from "./prepare/prepared";

function Swatch({ look, shape }: { look: SeriesLook; shape: PreparedChart["shape"] }) {
  const size = shape === "lines" ? "h-[3px] w-3.5 rounded-full" : "size-2.5 rounded-[2px]";
  return <span aria-hidden className={`inline-block shrink-0 ${size}`} style={lookBackground(look)} />;
}

type Props = {
  chart: PreparedChart;
  /** The selected interval; null for none. */
  index: number | null;
  onToggle: (id: string) => void;
};

function Values({ entry, index }: { entry: LegendEntry; index: number | null }) {
  const share = entry.shareAt(index);
  const before = entry.beforeAt(index);
  return (
    <span className="tabular-nums">
      <Reading of={entry.valueAt(index)} />
      {share === null ? null : (
        <span className="caption ml-1.5">
          <Reading of={share} />
        </span>
      )}
      {before === null ? null : (
        <span className="caption ml-1.5">
          was <Reading of={before} />
        </span>
      )}
    </span>
  );
}

/** Names the series, with their values at the crosshair. A click hides a series or shows it again. */
export function ChartLegend({ chart, index, onToggle }: Props) {
  return (
    <div className="mt-2 flex flex-wrap items-baseline gap-x-6 gap-y-1" aria-live={index === null ? "off" : "polite"}>
      <p className="caption min-h-4 w-full tabular-nums" title={`Times in ${chart.zone}`}>
        <span>{chart.wordsAt(index)}</span>
        {chart.totalAt(index) === null ? null : <span className="text-ink">{` · ${chart.totalAt(index)}`}</span>}
      </p>
      <ul className="grid flex-1 grid-cols-[repeat(auto-fill,minmax(7.25rem,1fr))] gap-x-4 gap-y-1">
        {chart.legend.map((entry) => {
          const { id, label, meaning, look, isShown } = entry;
          const number = entry.numberAt(index);
          const name = (
            <span className="flex min-w-0 items-center gap-1.5">
              {chart.shape === "heatMap" ? null : <Swatch look={look} shape={chart.shape} />}
              <span className={`truncate ${isShown ? "" : "line-through"}`}>{label}</span>
            </span>
          );
          return (
            <li key={id} data-series={id} data-value={number ?? ""} title={meaning} className="min-w-0">
              {chart.shape === "heatMap" || chart.legend.length === 1 ? (
                <span className="block">
                  {name}
                  <Values entry={entry} index={index} />
                </span>
              ) : (
                <button
                  type="button"
                  aria-pressed={isShown}
                  className={`block w-full text-left hover:text-accent ${isShown ? "" : "text-muted"}`}
                  onClick={() => onToggle(id)}
                >
                  {name}
                  <Values entry={entry} index={index} />
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {chart.strengths.length === 0 || chart.isEmpty ? null : (
        <p className="caption flex items-center gap-2">
          {chart.strengths.map(({ strength, from }) => (
            <span key={strength} className="flex items-center gap-1 tabular-nums">
              <span
                aria-hidden
                className="inline-block size-2.5 bg-accent"
                style={{ opacity: strengthOpacity[strength] ?? 1 }}
              />
              <span>{`${from}+`}</span>
            </span>
          ))}
          <span>per cell</span>
        </p>
      )}
    </div>
  );
}
