import { insightRanges } from "@/admin/insights/contract/range";
import {
  type GroupReaders,
  maxPinned,
  type PinnedTrace,
  type RepeatRow,
  type TraceDetail,
  type TraceInput,
  type TraceListInput,
  type TracePage,
  type TracePin,
  type TracePinInput,
  type TraceReadersInput,
  type TraceRepeatsInput,
} from "./contract";
import type { Actor } from "@/server/auth/session";
import type { Db } from "@weir/postgres";
import type { TraceFilter, TraceReader } from "@weir/telemetry";
import type { Authority } from "@/server/auth/authority";
import { createTraceQueries } from "./queries";
import { readersOf } from "./readers";
import { PlatformError } from "@/server/errors";

const clients = ["app", "lab"] as const;
const everyone = [...clients, "job", "admin"] as const;

export type TraceServiceOptions = {
  db: Db;
  authority: Authority;
  reader: TraceReader;
  /** Wall clock in milliseconds. */
  now?: () => number;
};

export type TraceService = ReturnType<typeof createTraceService>;

/** Traces that are read for one answer. */
const maxSearched = 60;

const toSubject = (id: string): string => `trace:${id}`;

/** The traces that the nodes keep, and the pinned ones. */
export function createTraceService({ db, authority, reader, now = Date.now }: TraceServiceOptions) {
  const queries = createTraceQueries(db);

  function toFilter({ range, nodes, includeAdmin }: TraceRepeatsInput): TraceFilter {
    const nowMs = now();
    const ends =
      typeof range === "string"
        ? // Only traces from a node with a fast clock end in the future.
          { fromMs: nowMs - insightRanges[range].rangeMs, toMs: nowMs + 60_000 }
        : { fromMs: Date.parse(range.from), toMs: Date.parse(range.to) };
    return { ...ends, nodeIds: nodes, origins: includeAdmin ? everyone : clients };
  }

  return {
    /** @throws WeirError TELEMETRY_UNAVAILABLE, CURSOR_INVALID */
    list: async (input: TraceListInput): Promise<TracePage> => {
      const { procedure, kind, minDurationMs, order, limit, cursor = null } = input;
      const found = await reader.list({
        ...toFilter(input),
        procedure,
        kind,
        minDurationMs,
        order,
        limit,
        cursor,
      });
      const oldestAt = found.oldestAtMs === null ? null : new Date(found.oldestAtMs).toISOString();
      return { traces: found.traces, nextCursor: found.nextCursor, oldestAt };
    },

    /** A pinned trace is available without Redis. @throws WeirError TRACE_NOT_FOUND, TELEMETRY_UNAVAILABLE */
    get: async ({ id, requestId }: TraceInput): Promise<TraceDetail> => {
      const pinned = await queries.byId(id);
      if (pinned !== null && (requestId === undefined || pinned.trace.requestId === requestId)) return pinned;
      const trace = await reader.get(id, requestId);
      if (trace === null) throw new PlatformError("TRACE_NOT_FOUND");
      return { trace, pin: null };
    },

    /**
     * The worst request per statement and procedure, most wasteful first, at most a hundred. @throws WeirError
     * TELEMETRY_UNAVAILABLE
     */
    repeats: async (input: TraceRepeatsInput): Promise<RepeatRow[]> => {
      const rows = new Map<string, RepeatRow>();
      for (const { summary, repeat } of await reader.repeats(toFilter(input))) {
        const key = JSON.stringify([repeat.procedure, repeat.statement, repeat.group, repeat.isWithinLoad]);
        const known = rows.get(key);
        const traces = (known?.traces ?? 0) + 1;
        if (known !== undefined && known.wasteMs >= repeat.wasteMs) known.traces = traces;
        else rows.set(key, { ...repeat, traces, worstTraceId: summary.id, worstAt: summary.at });
      }
      return [...rows.values()].toSorted((a, b) => b.wasteMs - a.wasteMs).slice(0, 100);
    },

    /** @throws WeirError TELEMETRY_UNAVAILABLE */
    readers: async ({ group, ...filter }: TraceReadersInput): Promise<GroupReaders> => {
      const question = { ...toFilter(filter), order: "newest", limit: maxSearched, cursor: null } as const;
      const { traces } = await reader.list(question);
      const bodies = await Promise.all(traces.map(({ id, requestId }) => reader.get(id, requestId)));
      // A trace may have left the ring since it was listed.
      const found = bodies.filter((trace) => trace !== null);
      return { readers: readersOf(found, group), traces: found.length };
    },

    /** All pinned traces, newest first. */
    pinned: (): Promise<PinnedTrace[]> => queries.list(),

    /** Keeps a trace until it is unpinned. @throws WeirError TRACE_NOT_FOUND, TRACES_PINNED_FULL, TELEMETRY_UNAVAILABLE */
    pin: async ({ id, requestId, note }: TracePinInput, actor: Actor): Promise<TracePin> => {
      const known = await queries.byId(id);
      const trace = known?.trace ?? (await reader.get(id, requestId));
      if (trace === null) throw new PlatformError("TRACE_NOT_FOUND");
      await authority.act(actor, "shared", async ({ tx, record }) => {
        if ((await queries.countForPin(tx)) >= maxPinned && known === null)
          throw new PlatformError("TRACES_PINNED_FULL");
        await queries.add(tx, { trace, note: note === "" ? null : note, pinnedBy: actor.label });
        const { procedure, at } = trace;
        await record({ action: "trace.pin", subject: toSubject(id), after: { procedure, at, note } });
      });
      const pinned = await queries.byId(id);
      if (pinned === null) throw new PlatformError("TRACE_NOT_FOUND");
      return pinned.pin;
    },

    /** @throws WeirError TRACE_NOT_FOUND when it is not pinned */
    unpin: async ({ id }: TraceInput, actor: Actor): Promise<void> => {
      await authority.act(actor, "shared", async ({ tx, record }) => {
        if (!(await queries.remove(tx, id)))
          throw new PlatformError("TRACE_NOT_FOUND", { detail: "The trace is not pinned." });
        await record({ action: "trace.unpin", subject: toSubject(id) });
      });
    },
  };
}
