import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { bytea } from "@weir/postgres/column-types";

/** What all nodes together did in one span of time: one row per minute or hour. */
export const telemetrySlots = pgTable(
  "telemetry_slots",
  {
    /** The width: `1m`, `1h`. */
    tier: text("tier").notNull(),
    startAt: timestamp("start_at", { withTimezone: true, mode: "string" }).notNull(),
    /** Processes that reported; in a row merged of others, the sum of theirs. */
    reports: integer("reports").notNull(),
    /** What was counted, and what had to be left out. A row gives way only to one with more. */
    messages: bigint("messages", { mode: "number" }).notNull(),
    /** When the last of these processes wrote. */
    writtenAt: timestamp("written_at", { withTimezone: true, mode: "string" }).notNull(),
    /** The figures of the whole span and where each series lies in `body`. */
    head: bytea("head").notNull(),
    body: bytea("body").notNull(),
  },
  // telemetry.slots and telemetry.heads walk it; so does the removal of what is old.
  (t) => [primaryKey({ columns: [t.tier, t.startAt] })],
);

/** The text of each statement that a node has run, with placeholders. */
export const statementTexts = pgTable(
  "statement_texts",
  {
    name: text("name").primaryKey(),
    text: text("text").notNull(),
    firstSeenAt: timestamp("first_seen_at", { withTimezone: true, mode: "string" }).notNull(),
    lastSeenAt: timestamp("last_seen_at", { withTimezone: true, mode: "string" }).notNull(),
  },
  // Removing what was not seen for long.
  (t) => [index("statement_texts_last_seen").on(t.lastSeenAt)],
);

/** Traces that somebody wants to keep for longer than Redis does. */
export const pinnedTraces = pgTable(
  "pinned_traces",
  {
    id: text("id").primaryKey(),
    pinnedAt: timestamp("pinned_at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
    /** The name of whoever did it, which outlives the account. */
    pinnedBy: text("pinned_by").notNull(),
    procedure: text("procedure").notNull(),
    startedAt: timestamp("started_at", { withTimezone: true, mode: "string" }).notNull(),
    durationMs: doublePrecision("duration_ms").notNull(),
    ok: boolean("ok").notNull(),
    note: text("note"),
    trace: jsonb("trace").notNull(),
  },
  // traces.pinned, newest first.
  (t) => [index("pinned_traces_pinned_at").on(t.pinnedAt.desc().nullsFirst(), t.id)],
);
