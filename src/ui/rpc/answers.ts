import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AppRouter } from "@/server/rpc/root";
import type { OutcomeName } from "@weir/core/outcomes";
import { parseServerTiming } from "@weir/core/server-timing";

function headersOf(context: Record<string, unknown> | undefined): Headers | null {
  const response = context?.["response"];
  return response instanceof Response ? response.headers : null;
}

/**
 * Notes for every answer where it came from and how long it took. Belongs before a link that sends one call per
 * request, since a batch has one header for all its calls. Calls that were given up are not noted: they have no answer.
 */
export function serverTimingLink(log: AnswerLog, nowMs: () => number): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        const startedAtMs = nowMs();
        const note = (ok: boolean, headers: Headers | null): void => {
          // `meta.timings` of the procedure: what the dashboard asks for itself is not shown.
          if (op.signal?.aborted === true || headers?.get("x-weir-timings") === "hidden") return;
          log.add({
            procedure: op.path,
            input: op.input,
            ok,
            roundTripMs: nowMs() - startedAtMs,
            ...readTimings(headers?.get("server-timing") ?? null),
          });
        };
        return next(op).subscribe({
          next: (value) => {
            note(true, headersOf(value.context));
            observer.next(value);
          },
          error: (cause) => {
            note(false, headersOf(cause.meta));
            observer.error(cause);
          },
          complete: () => observer.complete(),
        });
      });
}

/** The last answers, newest first. */
export type AnswerLog = {
  /** The same array until the next answer arrives. */
  snapshot: () => readonly Answer[];
  add: (answer: Omit<Answer, "id">) => void;
  /** Returns the function that ends the subscription. */
  subscribe: (listener: () => void) => () => void;
};

/** Keeps the last `capacity` answers. */
export function createAnswerLog(capacity: number): AnswerLog {
  const listeners = new Set<() => void>();
  let answers: readonly Answer[] = [];
  let lastId = 0;
  return {
    snapshot: () => answers,
    add: (answer) => {
      lastId += 1;
      answers = [{ ...answer, id: lastId }, ...answers].slice(0, capacity);
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The newest answer to exactly this call; null when none is kept. Inputs are compared by their JSON. */
export function latestAnswerTo(answers: readonly Answer[], procedure: string, input: unknown): Answer | null {
  const wanted = JSON.stringify(input);
  return answers.find((answer) => answer.procedure === procedure && JSON.stringify(answer.input) === wanted) ?? null;
}

/** How one cache read behind an answer ended. */
export type AnswerRead = { group: string; outcome: OutcomeName; durationMs: number | null };

/** One answer of the server, as its `Server-Timing` header and the browser's clock tell it. */
export type Answer = {
  /** Counts up in the order of arrival. */
  id: number;
  procedure: string;
  input: unknown;
  ok: boolean;
  /** From sending to the last byte, as the browser saw it. */
  roundTripMs: number;
  /** Time on the server; null when the answer does not say. */
  totalMs: number | null;
  reads: readonly AnswerRead[];
  /** Time of the load, and the database's part of it; null when nothing was loaded. */
  loadMs: number | null;
  sqlMs: number | null;
  poolMs: number | null;
};

const outcomeOfWord: Readonly<Record<string, OutcomeName>> = {
  l1: "hitL1",
  l2: "hitL2",
  coalesced: "coalesced",
  stale: "stale",
  negative: "negative",
  miss: "miss",
  error: "error",
  bypass: "bypass",
};

function readOf(description: string | null, durationMs: number | null): AnswerRead | null {
  if (description === null) return null;
  const at = description.lastIndexOf(" ");
  const outcome = outcomeOfWord[description.slice(at + 1)];
  return at < 1 || outcome === undefined ? null : { group: description.slice(0, at), outcome, durationMs };
}

/** What a `Server-Timing` header says about where an answer came from. Words it does not know are left out. */
export function readTimings(header: string | null): Pick<Answer, "totalMs" | "reads" | "loadMs" | "sqlMs" | "poolMs"> {
  const metrics = parseServerTiming(header);
  const durationOf = (name: string): number | null =>
    metrics.find((metric) => metric.name === name)?.durationMs ?? null;
  return {
    totalMs: durationOf("total"),
    loadMs: durationOf("load"),
    sqlMs: durationOf("sql"),
    poolMs: durationOf("pool"),
    reads: metrics.flatMap((metric) => {
      const read = metric.name === "cache" ? readOf(metric.description, metric.durationMs) : null;
      return read === null ? [] : [read];
    }),
  };
}

/** From the cheapest to the dearest way to an answer. */
const byCost: readonly OutcomeName[] = ["hitL1", "hitL2", "negative", "stale", "coalesced", "miss", "bypass", "error"];

/** The dearest of an answer's reads, which decided how long it took, and how many ended like it; null without reads. */
export function decidingOutcome(reads: readonly AnswerRead[]): { outcome: OutcomeName; count: number } | null {
  let dearest: OutcomeName | null = null;
  for (const { outcome } of reads) {
    if (dearest === null || byCost.indexOf(outcome) > byCost.indexOf(dearest)) dearest = outcome;
  }
  if (dearest === null) return null;
  return { outcome: dearest, count: reads.filter((read) => read.outcome === dearest).length };
}
