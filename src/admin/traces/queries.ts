import { count, desc, eq, sql } from "drizzle-orm";
import { maxPinned, type PinnedTrace, type Trace, type TracePin } from "./contract";
import { type Db, prepared, type Tx } from "@weir/postgres";
import { pinnedTraces } from "@/server/schema";

const given = (name: string) => sql.placeholder(name);
/** An arbitrary number that no other advisory lock uses. */
const pinLock = 727_104;

type Pin = { trace: Trace; note: string | null; pinnedBy: string };

const instant = (text: string): string => new Date(text).toISOString();

/** Statements about pinned traces. */
export function createTraceQueries(db: Db) {
  const byId = prepared(db, "traces.pinnedById", (on) =>
    on
      .select()
      .from(pinnedTraces)
      .where(eq(pinnedTraces.id, given("id")))
      .limit(1),
  );
  const list = prepared(db, "traces.pinned", (on) =>
    on
      .select({
        id: pinnedTraces.id,
        pinnedAt: pinnedTraces.pinnedAt,
        pinnedBy: pinnedTraces.pinnedBy,
        procedure: pinnedTraces.procedure,
        startedAt: pinnedTraces.startedAt,
        durationMs: pinnedTraces.durationMs,
        ok: pinnedTraces.ok,
        note: pinnedTraces.note,
      })
      .from(pinnedTraces)
      .orderBy(desc(pinnedTraces.pinnedAt), pinnedTraces.id)
      .limit(maxPinned),
  );

  return {
    /** Null for an unpinned trace. */
    byId: async (id: string): Promise<{ trace: Trace; pin: TracePin } | null> => {
      const [row] = await byId.execute({ id });
      if (row === undefined) return null;
      const { trace, pinnedAt, pinnedBy, note } = row;
      // Written by `add`.
      return { trace: trace as Trace, pin: { pinnedAt: instant(pinnedAt), pinnedBy, note } };
    },

    /** Newest first. */
    list: async (): Promise<PinnedTrace[]> => {
      const rows = await list.execute();
      return rows.map(({ startedAt, pinnedAt, ...row }) => ({
        ...row,
        at: instant(startedAt),
        pinnedAt: instant(pinnedAt),
      }));
    },

    /** Number of pinned traces. Until the transaction ends, no other transaction can read it in order to pin one more. */
    countForPin: async (tx: Tx): Promise<number> => {
      await tx.execute(sql`select pg_advisory_xact_lock(${pinLock})`);
      const [row] = await prepared(tx, "traces.countPinned", (on) =>
        on.select({ pinned: count() }).from(pinnedTraces),
      ).execute();
      return row?.pinned ?? 0;
    },

    /** If the trace is already pinned, its note is replaced. */
    add: async (tx: Tx, { trace, note, pinnedBy }: Pin): Promise<void> => {
      await tx
        .insert(pinnedTraces)
        .values({
          id: trace.id,
          pinnedBy,
          procedure: trace.procedure,
          startedAt: trace.at,
          durationMs: trace.durationMs,
          ok: trace.ok,
          note,
          trace,
        })
        .onConflictDoUpdate({ target: pinnedTraces.id, set: { note } });
    },

    /** False if it was not pinned. */
    remove: async (tx: Tx, id: string): Promise<boolean> => {
      const rows = await tx.delete(pinnedTraces).where(eq(pinnedTraces.id, id)).returning({ id: pinnedTraces.id });
      return rows.length > 0;
    },
  };
}
