import type { ReactNode } from "react";
import type { InsightsOverview } from "@/admin/insights/contract/overview";
import { minSamples } from "@/ui/charts/chart-source";
import { inRange } from "@/ui/format/moments";
import { SparklineChart } from "@/ui/charts/sparkline-chart";
import {
  formatCount,
  formatDuration,
  formatFixed,
  formatRate,
  formatShare,
  noReading,
  type Reading as ReadingValue,
} from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { maxOf, prepareTiles } from "./tiles-prepare";

type TileProps = {
  name: string;
  label: string;
  reading: ReadingValue;
  isFaded?: boolean;
  note: ReactNode;
  children?: ReactNode;
};

function Tile({ name, label, reading, isFaded = false, note, children }: TileProps) {
  return (
    <div data-tile={name} className="flex min-w-0 flex-col border-t border-line-strong pt-2">
      <dt className="caption">{label}</dt>
      <dd className="flex flex-1 flex-col">
        <span className={`text-[26px] leading-9 font-medium tracking-tight ${isFaded ? "text-muted" : ""}`}>
          <Reading of={reading} className="[&>span+span]:text-[15px] [&>span+span]:tracking-normal" />
        </span>
        <span className="caption min-h-8 text-pretty">{note}</span>
        <span className="mt-auto block pt-2">{children ?? <span className="block h-[26px]" />}</span>
      </dd>
    </div>
  );
}

/** The six headline metrics. */
export function Tiles({ overview }: { overview: InsightsOverview }) {
  const { cache } = overview;
  const tiles = prepareTiles(overview);
  const { slowest } = tiles;
  const isFaded = cache.reads < minSamples;
  const loads = cache.loadsPer1000Reads;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-5 md:grid-cols-3 xl:grid-cols-6">
      <Tile
        name="hitRate"
        label="Hit rate"
        reading={formatShare(cache.hitRatio)}
        isFaded={isFaded}
        note="(hit + stale + negative) ÷ all reads except bypass"
      >
        <SparklineChart values={tiles.hitRatios} max={1} />
      </Tile>
      <Tile
        name="loads"
        label="Loads per 1000 reads"
        reading={loads === null ? noReading : { value: formatFixed(loads, loads < 9.95 ? 1 : 0), unit: "" }}
        isFaded={isFaded}
        note="the load on the database"
      >
        <SparklineChart values={tiles.loadRates} max={maxOf(tiles.loadRates, 1)} />
      </Tile>
      <Tile
        name="reads"
        label="Cache reads"
        reading={{ value: formatCount(cache.reads), unit: "" }}
        note={inRange(overview.range)}
      >
        <SparklineChart values={tiles.readCounts} max={maxOf(tiles.readCounts, 1)} />
      </Tile>
      <Tile
        name="requests"
        label="Requests"
        reading={formatRate(tiles.callsPerSecond)}
        note={`last complete interval; ${formatCount(tiles.calls)} ${inRange(overview.range)}`}
      >
        <SparklineChart values={tiles.callRates} max={maxOf(tiles.callRates, 1)} />
      </Tile>
      <Tile
        name="errors"
        label="Errors"
        reading={{ value: formatCount(tiles.errors), unit: "" }}
        note={
          tiles.errorRatio === null
            ? "no calls"
            : `${formatShare(tiles.errorRatio).value} % of calls; ${formatCount(tiles.refused)} rejected`
        }
      >
        <SparklineChart values={tiles.errorCounts} max={maxOf(tiles.errorCounts, 1)} />
      </Tile>
      <Tile
        name="p95"
        label="Slowest p95"
        reading={formatDuration(slowest?.row.p95Ms ?? null)}
        isFaded={slowest?.isLowSample ?? true}
        note={slowest === null ? "no calls" : <span className="font-mono">{slowest.row.name}</span>}
      />
    </dl>
  );
}
