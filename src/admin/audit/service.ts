import type { AuditAction, AuditFacts, AuditListInput, AuditPage } from "./contract";
import type { Db, DbOrTx } from "@weir/postgres";
import type { Actor } from "@/server/auth/session";
import { createAuditQueries } from "./queries";

/** One act, as it is to be remembered. Never put a secret in it. */
export type Act = {
  action: AuditAction;
  actor: Actor;
  subject?: string | null;
  before?: AuditFacts | null;
  after?: AuditFacts | null;
};

export type AuditService = ReturnType<typeof createAuditService>;

/** The append-only record of who did what. */
export function createAuditService({ db }: { db: Db }) {
  const queries = createAuditQueries(db);
  return {
    /**
     * Writes one entry. Handed the transaction of the act, both are committed or neither is; handed `db`, it is there
     * once this resolves.
     */
    record: (on: DbOrTx, act: Act): Promise<void> => queries.add(on, act),

    /** A page, newest first. */
    list: async ({ cursor, limit, action, actorId }: AuditListInput): Promise<AuditPage> => {
      const rows = await queries.list({ before: cursor ?? null, limit: limit + 1, action, actorId });
      const entries = rows.slice(0, limit);
      return { entries, nextCursor: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
    },
  };
}
