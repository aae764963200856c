import { bigint, index, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { AuditAction, AuditFacts } from "./contract";

/** Who did what. Rows are added and never changed: a trigger refuses UPDATE, DELETE and TRUNCATE. */
export const auditEntries = pgTable(
  "audit_entries",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp("at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
    action: text("action").$type<AuditAction>().notNull(),
    /** No reference: the log outlives what it tells of. */
    actorId: text("actor_id"),
    actorLabel: text("actor_label").notNull(),
    subject: text("subject"),
    before: jsonb("before").$type<AuditFacts>(),
    after: jsonb("after").$type<AuditFacts>(),
    address: text("address"),
    requestId: text("request_id"),
  },
  (t) => [
    // audit.list by action, and by who did it, newest first; all of it by the primary key.
    index("audit_entries_action").on(t.action, t.id),
    index("audit_entries_actor").on(t.actorId, t.id),
  ],
);
