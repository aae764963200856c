import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { Trace } from "../traces/types";

/** The part of the SDK's exporter that is used. */
export type SpanSink = {
  export: (spans: ReadableSpan[], done: (result: ExportResult) => void) => void;
  shutdown: () => Promise<void>;
};

export type TraceExportOptions = {
  sink: SpanSink;
  toSpans: (trace: Trace) => ReadableSpan[];
  isWanted: (trace: Trace) => boolean;
  /** Hears of spans that arrived, of those that were lost, and why. */
  report: (event: { sent: number } | { lost: number; reason: "queue full" | "not taken"; error?: Error }) => void;
  /** What may wait, in spans. */
  mostWaiting?: number;
  /** Sent in one request, about: the event loop is held while they are written. */
  batchSpans?: number;
};

export type TraceExport = {
  add: (trace: Trace) => void;
  /** Sends what waits; does nothing while an earlier one is under way. Never rejects. */
  flush: () => Promise<void>;
};

/**
 * Traces on their way to a collector. What waits is bounded, one request is under way at a time, and what a collector
 * does not take is lost and counted: nothing here is waited for by anybody.
 */
export function createTraceExport(options: TraceExportOptions): TraceExport {
  const { sink, toSpans, isWanted, report, mostWaiting = 8_192, batchSpans = 512 } = options;
  let waiting: Trace[] = [];
  let waitingSpans = 0;
  let sending: Promise<void> | null = null;

  function take(): ReadableSpan[] {
    const spans: ReadableSpan[] = [];
    let taken = 0;
    for (const trace of waiting) {
      if (spans.length > 0 && spans.length + trace.spans.length > batchSpans) break;
      spans.push(...toSpans(trace));
      waitingSpans -= trace.spans.length;
      taken += 1;
    }
    waiting = waiting.slice(taken);
    return spans;
  }

  const send = (spans: ReadableSpan[]): Promise<ExportResult> =>
    new Promise((resolve) => {
      try {
        sink.export(spans, resolve);
      } catch (error) {
        resolve({ code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error(String(error)) });
      }
    });

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const spans = take();
      const { code, error } = await send(spans);
      if (code === ExportResultCode.SUCCESS) report({ sent: spans.length });
      else report({ lost: spans.length, reason: "not taken", ...(error !== undefined && { error }) });
    }
  }

  return {
    add: (trace) => {
      if (!isWanted(trace)) return;
      if (waitingSpans + trace.spans.length > mostWaiting) {
        report({ lost: trace.spans.length, reason: "queue full" });
        return;
      }
      waiting.push(trace);
      waitingSpans += trace.spans.length;
    },
    flush: () =>
      (sending ??= sendAll().finally(() => {
        sending = null;
      })),
  };
}
