import { bigint, index, jsonb, text, timestamp } from "drizzle-orm/pg-core";
import { weir } from "@weir/postgres/schema";
import type { AuditFacts } from "./contract/entries";

/** The audit log. Rows are only added: a trigger rejects UPDATE, DELETE and TRUNCATE. */
export const auditEntries = weir.table(
  "audit_entries",
  {
    id: bigint("id", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp("at", { withTimezone: true, mode: "string" }).notNull().defaultNow(),
    action: text("action").notNull(),
    /** No foreign key: the log outlives its subjects. */
    actorId: text("actor_id"),
    actorLabel: text("actor_label").notNull(),
    subject: text("subject"),
    before: jsonb("before").$type<AuditFacts>(),
    after: jsonb("after").$type<AuditFacts>(),
    address: text("address"),
    requestId: text("request_id"),
  },
  (t) => [
    // audit.list by action and by actor, newest first; unfiltered by the primary key.
    index("audit_entries_action").on(t.action, t.id),
    index("audit_entries_actor").on(t.actorId, t.id),
  ],
);
