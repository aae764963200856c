import type { GroupReader, Trace, TraceSpan } from "./contract";

/** The procedure call that a span belongs to; the whole request's, if it belongs to none. */
function procedureOf(trace: Trace, span: TraceSpan): string {
  let at: TraceSpan | undefined = span;
  while (at !== undefined && at.kind !== "procedure") at = at.parent === null ? undefined : trace.spans[at.parent];
  return at?.name ?? trace.procedure;
}

/** The procedures of these traces that read the cache group, those with most traces first. */
export function readersOf(traces: readonly Trace[], group: string): GroupReader[] {
  const found = new Map<string, { traces: number; reads: number; worst: number; worstTraceId: string }>();
  for (const trace of traces) {
    const reads = new Map<string, number>();
    for (const span of trace.spans) {
      if (span.kind !== "cache" || span.name !== group) continue;
      const procedure = procedureOf(trace, span);
      reads.set(procedure, (reads.get(procedure) ?? 0) + 1);
    }
    for (const [procedure, count] of reads) {
      const row = found.get(procedure) ?? { traces: 0, reads: 0, worst: 0, worstTraceId: trace.id };
      row.traces += 1;
      row.reads += count;
      if (count > row.worst) Object.assign(row, { worst: count, worstTraceId: trace.id });
      found.set(procedure, row);
    }
  }
  return [...found]
    .map(([procedure, { traces: seen, reads, worstTraceId }]) => ({
      procedure,
      traces: seen,
      readsPerTrace: reads / seen,
      worstTraceId,
    }))
    .toSorted((a, b) => b.traces - a.traces || (a.procedure < b.procedure ? -1 : 1));
}
