import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { bytea } from "@weir/postgres/column-types";
import { weir } from "@weir/postgres/schema";

/** The metrics of all nodes in one slot: one row per minute or hour. */
export const telemetrySlots = weir.table(
  "telemetry_slots",
  {
    /** The width: `1m`, `1h`. */
    tier: text("tier").notNull(),
    startAt: timestamp("start_at", { withTimezone: true, mode: "string" }).notNull(),
    /** Processes that reported; for a row merged from others, the sum of theirs. */
    reports: integer("reports").notNull(),
    /** Messages recorded and dropped. A row is replaced only by one with more. */
    messages: bigint("messages", { mode: "number" }).notNull(),
    /** When the last of these processes wrote. */
    writtenAt: timestamp("written_at", { withTimezone: true, mode: "string" }).notNull(),
    /** The totals of the slot and the offset of each series in `body`. */
    head: bytea("head").notNull(),
    body: bytea("body").notNull(),
  },
  // Used by telemetry.slots, telemetry.heads and the removal of expired rows.
  (t) => [primaryKey({ columns: [t.tier, t.startAt] })],
);

/** The text of each statement that a node has run, with placeholders. */
export const statementTexts = weir.table(
  "statement_texts",
  {
    name: text("name").primaryKey(),
    text: text("text").notNull(),
    firstSeenAt: timestamp("first_seen_at", { withTimezone: true, mode: "string" }).notNull(),
    lastSeenAt: timestamp("last_seen_at", { withTimezone: true, mode: "string" }).notNull(),
  },
  // Used to remove texts not seen for a long time.
  (t) => [index("statement_texts_last_seen").on(t.lastSeenAt)],
);

/** Traces pinned to outlive the ring in Redis. */
export const pinnedTraces = weir.table(
  "pinned_traces",
  {
    id: text("id").primaryKey(),
    pinnedAt: timestamp("pinned_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
    /** The name of the user who pinned it, which outlives the user. */
    pinnedBy: text("pinned_by").notNull(),
    procedure: text("procedure").notNull(),
    startedAt: timestamp("started_at", { withTimezone: true, mode: "string" }).notNull(),
    durationMs: doublePrecision("duration_ms").notNull(),
    ok: boolean("ok").notNull(),
    note: text("note"),
    trace: jsonb("trace").notNull(),
  },
  // Used by traces.pinned, newest first.
  (t) => [index("pinned_traces_pinned_at").on(t.pinnedAt.desc().nullsFirst(), t.id)],
);
