"use client";

import { lookOf, OutcomeSwatch } from "@/ui/charts/outcomes";
import { formatDuration, formatFixed, readAloud } from "@/ui/format/numbers";
import { Reading } from "@/ui/format/reading";
import { useResponses } from "@/ui/rpc/provider";
import { decidingOutcome, type TimedResponse } from "@/ui/rpc/responses";
import { describeInput, findSaving, type Saving } from "./responses-prepare";

const maxShown = 14;

function SavingLine({ saving }: { saving: Saving }) {
  const { response, factor } = saving;
  const sql = saving.loadedSqlMs === null ? "" : `, ${readAloud(formatDuration(saving.loadedSqlMs))} of it SQL`;
  return (
    <span>
      <strong className="font-semibold tabular-nums">{`${formatFixed(factor, factor < 9.95 ? 1 : 0)}×`}</strong> faster:{" "}
      <span className="font-mono text-[12px]">{`${response.procedure} ${describeInput(response.input)}`}</span>
      <span>
        {` took ${readAloud(formatDuration(saving.loadedTotalMs))}${sql}, when loaded, and ${readAloud(formatDuration(saving.totalMs))} from ${lookOf(saving.outcome).label}.`}
      </span>
    </span>
  );
}

function ResponseRow({ response }: { response: TimedResponse }) {
  const deciding = decidingOutcome(response.reads);
  return (
    <tr className="border-t border-line" data-procedure={response.procedure} data-outcome={deciding?.outcome ?? ""}>
      <td className="max-w-0 py-1.5 pr-3">
        <span className="block truncate font-mono text-[12px]">{response.procedure}</span>
        <span className="caption block truncate empty:hidden">{describeInput(response.input)}</span>
      </td>
      <td className="py-1.5 pr-3">
        {deciding === null ? (
          <span className="text-muted">{response.ok ? "Not cached" : "Error"}</span>
        ) : (
          <span className="flex items-center gap-1.5 whitespace-nowrap" title={lookOf(deciding.outcome).meaning}>
            <OutcomeSwatch name={deciding.outcome} />
            <span>{lookOf(deciding.outcome).label}</span>
          </span>
        )}
      </td>
      <td
        className="py-1.5 pr-3 text-right"
        title={`${readAloud(formatDuration(response.roundTripMs))} round trip, as seen by the browser`}
      >
        <Reading of={formatDuration(response.totalMs)} />
      </td>
      <td className={`py-1.5 text-right ${response.sqlMs === null ? "text-muted" : ""}`}>
        <Reading of={formatDuration(response.sqlMs)} />
      </td>
    </tr>
  );
}

/** The latest responses: procedure, source and duration. Shows the cache at work. */
export function ResponsesPanel() {
  const responses = useResponses();
  const saving = findSaving(responses);
  return (
    <section aria-labelledby="responses-title" data-testid="responses">
      <div className="flex items-baseline justify-between">
        <h2 id="responses-title" className="font-semibold">
          Responses
        </h2>
        <span className="caption">newest first</span>
      </div>
      <p className="caption mt-1 min-h-12 text-pretty" aria-live="polite">
        {saving === null ? (
          <span>Repeat a request: the second response comes from the cache.</span>
        ) : (
          <SavingLine saving={saving} />
        )}
      </p>
      <table className="mt-2 w-full table-fixed text-[13px]">
        <caption className="sr-only">The latest responses, newest first</caption>
        <thead>
          <tr className="caption text-left">
            <th scope="col" className="pb-1 font-normal">
              Call
            </th>
            <th scope="col" className="w-[118px] pb-1 font-normal">
              Source
            </th>
            <th scope="col" className="w-[68px] pr-3 pb-1 text-right font-normal">
              Server
            </th>
            <th scope="col" className="w-[54px] pb-1 text-right font-normal">
              SQL
            </th>
          </tr>
        </thead>
        <tbody>
          {responses.slice(0, maxShown).map((response) => (
            <ResponseRow key={response.id} response={response} />
          ))}
        </tbody>
      </table>
      {responses.length === 0 ? <p className="caption border-t border-line py-3">No responses yet.</p> : null}
    </section>
  );
}
