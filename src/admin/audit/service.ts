import type { Db, DbOrTx } from "@weir/postgres";
import type { Actor } from "@/server/auth/session";
import type { AuditAction, AuditFacts, AuditListInput, AuditPage } from "./contract/entries";
import { createAuditQueries } from "./queries";

/** An event to record. Must not contain secrets. */
export type AuditEvent = {
  /** Of the platform, or one that a feature declares in its `auditEvents`. */
  action: AuditAction | (string & {});
  actor: Actor;
  subject?: string | null;
  before?: AuditFacts | null;
  after?: AuditFacts | null;
};

export type AuditService = ReturnType<typeof createAuditService>;

/** The append-only audit log. */
export function createAuditService({ db }: { db: Db }) {
  const queries = createAuditQueries(db);
  return {
    /**
     * Writes one entry. Within the transaction of a change, both commit or neither does; with `db`, the entry is written
     * once the promise resolves.
     */
    record: (on: DbOrTx, event: AuditEvent): Promise<void> => queries.add(on, event),

    /** A page, newest first. */
    list: async ({ cursor, limit, action, actorId }: AuditListInput): Promise<AuditPage> => {
      const rows = await queries.list({ before: cursor ?? null, limit: limit + 1, action, actorId });
      const entries = rows.slice(0, limit);
      return { entries, nextCursor: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
    },
  };
}
