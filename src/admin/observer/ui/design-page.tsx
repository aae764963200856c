"use client";

import { parseAsBoolean, useQueryState } from "nuqs";
import { type ReactNode, useEffect, useState } from "react";
import { PageBar } from "@/admin/frame/page-bar";
import { ChartGroup } from "@/ui/charts/chart-group";
import { outcomeLooks, OutcomeSwatch } from "@/ui/charts/outcomes";
import { SparklineChart } from "@/ui/charts/sparkline-chart";
import { TimeSeriesChart } from "@/ui/charts/time-series-chart";
import { Button } from "@/ui/controls/button";
import { Choice, Segments } from "@/ui/controls/choice";
import { CopyButton } from "@/ui/controls/copy-button";
import { Field } from "@/ui/controls/field";
import { FilterField } from "@/ui/controls/filter-field";
import { Menu, menuItemLook } from "@/ui/controls/menu";
import { PasswordField } from "@/ui/controls/password-field";
import { Badge } from "@/ui/feedback/badge";
import { Dialog } from "@/ui/feedback/dialog";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { StatusLine } from "@/ui/feedback/status-line";
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { PageSection } from "@/ui/layout/page-section";
import type { Column } from "@/ui/table/columns";
import { DataTable } from "@/ui/table/data-table";
import {
  comparedSample,
  emptySample,
  heatSample,
  latencySample,
  markedSample,
  outcomesSample,
  sampleRows,
  sampleFromMs,
  type SampleRow,
  sparseSample,
} from "./design-samples";

/** Every building block of the dashboard in all of its states: for the eye, for pictures, for measuring. */
export default function DesignPage() {
  const isHydrated = useIsHydrated();
  const [isLive] = useQueryState("live", parseAsBoolean.withDefault(false));
  return (
    <>
      <PageBar title="Design" />
      {/* The blocks set widths and colours as styles, which the policy allows to scripts and not to HTML. */}
      {isHydrated ? isLive ? <LiveCharts /> : <Blocks /> : null}
    </>
  );
}

function Blocks() {
  return (
    <div>
      <Colours />
      <Numbers />
      <Controls />
      <Feedback />
      <Charts />
      <Tables />
    </div>
  );
}

const tokens = ["ground", "raised", "sunken", "line", "line-strong", "muted", "ink", "accent", "accent-soft"] as const;
const meanings = ["good", "watch", "act", "series-1", "series-2", "series-3", "series-4", "series-5"] as const;

function Swatches({ names }: { names: readonly string[] }) {
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-2">
      {names.map((name) => (
        <li key={name} className="flex items-center gap-2">
          <span
            aria-hidden
            className="inline-block size-6 rounded border border-line-strong"
            style={{ background: `var(--${name})` }}
          />
          <code className="text-[12.5px]">{name}</code>
        </li>
      ))}
    </ul>
  );
}

function Colours() {
  return (
    <PageSection title="Colours" about="Each token is written once, as its light and its dark value.">
      <div className="space-y-4">
        <Swatches names={tokens} />
        <Swatches names={meanings} />
        <ul className="flex flex-wrap gap-x-5 gap-y-2">
          {outcomeLooks.map(({ name, label }) => (
            <li key={name} className="flex items-center gap-1.5">
              <OutcomeSwatch name={name} />
              <span>{label}</span>
            </li>
          ))}
        </ul>
      </div>
    </PageSection>
  );
}

const readings = [
  formatDuration(0.042),
  formatDuration(41.3),
  formatDuration(12_400),
  formatShare(0.978),
  formatShare(0.99999),
  formatRate(480),
  formatBytes(1_536),
  formatBytes(149_000_000),
  { value: formatCount(1_234_567), unit: "" },
  formatDuration(null),
];

function Numbers() {
  return (
    <PageSection
      title="Numbers"
      about="Three digits, with the unit small and muted; a dash where nothing was measured."
    >
      <p className="flex flex-wrap items-baseline gap-x-6 gap-y-1">
        {readings.map((reading) => (
          <Reading key={`${reading.value} ${reading.unit}`} of={reading} />
        ))}
      </p>
      <div className="mt-3 w-40">
        <SparklineChart values={[3, 4, 4, 6, 5, null, 7, 8, 6, 9, 5]} max={10} />
      </div>
    </PageSection>
  );
}

const ranges = [
  { value: "5m", label: "Live" },
  { value: "1h", label: "1h" },
  { value: "24h", label: "24h" },
] as const;
const modes = [
  { value: "purge", label: "Purge", meaning: "The next read loads from the database." },
  { value: "expire", label: "Expire", meaning: "The next read is served stale while one reader refreshes it." },
] as const;

function Controls() {
  const [range, setRange] = useState<(typeof ranges)[number]["value"]>("5m");
  const [mode, setMode] = useState<(typeof modes)[number]["value"]>("purge");
  const [filter, setFilter] = useState("");
  const [isOpen, setOpen] = useState(false);
  return (
    <PageSection title="Controls">
      <div className="space-y-5">
        <div className="flex flex-wrap items-center gap-2">
          <Button>Plain</Button>
          <Button tone="primary">Primary</Button>
          <Button tone="danger">Danger</Button>
          <Button isBusy>Busy</Button>
          <CopyButton text="weir" name="word" />
          <Button onClick={() => setOpen(true)}>Open a dialog</Button>
          <Menu label="Example menu" trigger="Menu" triggerClassName="h-8 rounded border border-line px-2.5">
            <button type="button" data-closes className={menuItemLook}>
              First item
            </button>
            <button type="button" data-closes className={menuItemLook}>
              Second item
            </button>
          </Menu>
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <Segments legend="Example range" options={ranges} chosen={range} onChoose={setRange} />
          <FilterField label="Example filter" placeholder="Filter by name" value={filter} onChange={setFilter} />
        </div>
        <div className="grid max-w-3xl gap-5 sm:grid-cols-2">
          <Field label="Email" placeholder="ada@weir.example" hint="The address that the user signs in with." />
          <Field label="Name" defaultValue="Ada" problem="A user with this name exists." />
          <PasswordField label="Password" name="example" autoComplete="current-password" />
          <Choice legend="Mode" options={modes} chosen={mode} onChoose={setMode} />
        </div>
      </div>
      {isOpen ? (
        <Dialog title="A dialog" shape="card" onClose={() => setOpen(false)}>
          <p>Escape, the cross and a click outside close it.</p>
        </Dialog>
      ) : null}
    </PageSection>
  );
}

const offline = new Error("No response.");

function Feedback() {
  return (
    <PageSection title="Feedback" about="What a page says of itself: labels, results, emptiness, errors, loading.">
      <div className="space-y-4">
        <p className="flex flex-wrap items-center gap-2">
          <Badge>disabled</Badge>
          <Badge tone="accent">you</Badge>
          <Badge tone="watch">temporary password</Badge>
        </p>
        <StatusLine text="Purged 1,204 entries on three nodes." />
        <EmptyState title="No statements ran in this range.">The cache served every read.</EmptyState>
        <ProblemNotice cause={offline} onRetry={() => undefined} />
        <div className="space-y-2">
          <Skeleton className="h-3.5 w-72 max-w-full" />
          <Skeleton className="h-3 w-52" />
        </div>
      </div>
    </PageSection>
  );
}

const samples = {
  latency: latencySample(),
  outcomes: outcomesSample(),
  heat: heatSample(),
  compared: comparedSample(),
  marked: markedSample(),
  sparse: sparseSample(),
  empty: emptySample(),
};

function Charts() {
  return (
    <section aria-label="Charts" className="border-b border-line py-6" data-testid="charts">
      <ChartGroup onZoom={() => undefined}>
        <div className="grid gap-x-10 gap-y-9 xl:grid-cols-2">
          <TimeSeriesChart title="Query latency" caption="lines, a threshold" source={samples.latency} height={200} />
          <TimeSeriesChart title="Cache reads" caption="a stack" source={samples.outcomes} height={200} />
          <TimeSeriesChart title="Request latency" caption="a heat map" source={samples.heat} height={200} />
          <TimeSeriesChart
            title="Requests"
            caption="with the period before, over a change to summer time"
            source={samples.compared}
            height={200}
          />
          <TimeSeriesChart title="Hit rate" caption="with markers" source={samples.marked} height={200} showsMarkers />
          <TimeSeriesChart title="Gaps and few samples" source={samples.sparse} height={200} />
          <TimeSeriesChart title="Empty" source={samples.empty} height={140} />
          <TimeSeriesChart title="Loading" source={undefined} height={140} />
          <TimeSeriesChart
            title="Failed"
            source={undefined}
            height={140}
            problem={<ProblemNotice cause={offline} onRetry={() => undefined} />}
          />
          <TimeSeriesChart
            title="As a table"
            source={samples.latency}
            height={140}
            view={{ asTable: true, onAsTable: () => undefined }}
          />
        </div>
      </ChartGroup>
    </section>
  );
}

const columns: readonly Column<SampleRow>[] = [
  { id: "name", label: "Statement", title: "Name", width: 190, value: ({ name }) => name },
  {
    id: "calls",
    label: "Calls",
    title: "Calls in this range",
    width: 90,
    value: ({ calls }) => calls,
    format: (value) => ({ value: formatCount(value), unit: "" }),
  },
  { id: "p95", label: "p95", title: "95th percentile", width: 90, value: ({ p95Ms }) => p95Ms, format: formatDuration },
  {
    id: "share",
    label: "Share",
    title: "Share of all time",
    width: 90,
    value: ({ share }) => share,
    format: formatShare,
  },
  {
    id: "caller",
    label: "Caller",
    title: "The procedure that sends it",
    width: 160,
    value: ({ caller }) => caller,
    isWideOnly: true,
  },
];
const byCalls = { id: "calls", desc: true };
const nameOf = ({ name }: SampleRow): string => name;
const few = sampleRows(6);
const many = sampleRows(10_000);
const none: readonly SampleRow[] = [];

function Tables() {
  const table = { columns, sort: byCalls, keyOf: nameOf, empty: { title: "No statements ran in this range." } };
  return (
    <section aria-label="Tables" className="space-y-9 py-6" data-testid="tables">
      <DataTable {...table} name="few" title="A few rows" rows={few} onOpen={() => undefined} />
      <DataTable
        {...table}
        name="partial"
        title="Partial"
        rows={few}
        partial="Node b has been silent for 40 s: its statements are missing."
      />
      <DataTable {...table} name="narrowed" title="Nothing found" rows={few} search="parcel" />
      <DataTable {...table} name="none" title="Empty" rows={none} />
      <DataTable {...table} name="loading" title="Loading" rows={undefined} />
      <DataTable
        {...table}
        name="failed"
        title="Failed"
        rows={undefined}
        problem={<ProblemNotice cause={offline} onRetry={() => undefined} />}
      />
      <DataTable {...table} name="many" title="Ten thousand rows" rows={many} onOpen={() => undefined} />
    </section>
  );
}

const liveCharts = Array.from({ length: 12 }, (_, index) => index);

/** Twelve charts that move once a second, to measure what that costs. */
function LiveCharts() {
  const [second, setSecond] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSecond((now) => now + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const time = { fromMs: sampleFromMs + second * 5_000, stepMs: 5_000, length: 60 };
  return (
    <ChartGroup>
      <Grid>
        {liveCharts.map((index) => (
          <TimeSeriesChart
            key={index}
            title={`Chart ${index + 1}`}
            height={140}
            source={index % 4 === 3 ? outcomesSample(time, second + index) : latencySample(time, second + index)}
          />
        ))}
      </Grid>
    </ChartGroup>
  );
}

const Grid = ({ children }: { children: ReactNode }) => (
  <div className="grid gap-8 py-6 md:grid-cols-2 xl:grid-cols-3" data-testid="live-charts">
    {children}
  </div>
);
