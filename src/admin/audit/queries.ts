import { and, desc, eq, lt, sql } from "drizzle-orm";
import { type Db, type DbOrTx, prepared } from "@weir/postgres";
import type { Actor } from "@/server/auth/session";
import { auditEntries } from "@/server/schema";
import type { AuditAction, AuditEntry, AuditFacts } from "./contract/entries";

type Added = {
  action: string;
  actor: Actor;
  subject?: string | null;
  before?: AuditFacts | null;
  after?: AuditFacts | null;
};

type Page = { before: string | null; limit: number; action: AuditAction | undefined; actorId: string | undefined };

const given = (name: string) => sql.placeholder(name);
/** Larger than any ID. */
const pastTheNewest = "9223372036854775807";

type Filter = "all" | "action" | "actor" | "both";

function prepareList(db: Db, filter: Filter) {
  const ofAction = eq(auditEntries.action, given("action"));
  const ofActor = eq(auditEntries.actorId, given("actorId"));
  const filters = { all: [], action: [ofAction], actor: [ofActor], both: [ofAction, ofActor] }[filter];
  return prepared(db, `audit.list.${filter}`, (on) =>
    on
      .select()
      .from(auditEntries)
      .where(and(lt(auditEntries.id, sql`${given("before")}::bigint`), ...filters))
      .orderBy(desc(auditEntries.id))
      .limit(given("limit")),
  );
}

type Row = typeof auditEntries.$inferSelect;

const toEntry = ({ id, at, action, actorId, actorLabel, ...rest }: Row): AuditEntry => ({
  ...rest,
  id: String(id),
  // Written by the platform and the features of this application, which declare all of their actions.
  action: action as AuditAction,
  at: new Date(at).toISOString(),
  actor: { id: actorId, label: actorLabel },
});

/** Reads and appends entries. Nothing changes existing entries; Postgres would reject it. */
export function createAuditQueries(db: Db) {
  const lists: Record<Filter, ReturnType<typeof prepareList>> = {
    all: prepareList(db, "all"),
    action: prepareList(db, "action"),
    actor: prepareList(db, "actor"),
    both: prepareList(db, "both"),
  };

  return {
    add: async (on: DbOrTx, { action, actor, subject = null, before = null, after = null }: Added): Promise<void> => {
      await prepared(on, "audit.add", (within) =>
        within.insert(auditEntries).values({
          action,
          actorId: actor.id,
          actorLabel: actor.label,
          subject,
          before,
          after,
          address: actor.address,
          requestId: actor.requestId,
        }),
      ).execute();
    },

    /** Entries older than `before`, newest first. */
    list: async ({ before, limit, action, actorId }: Page): Promise<AuditEntry[]> => {
      const filter =
        action === undefined ? (actorId === undefined ? "all" : "actor") : actorId === undefined ? "action" : "both";
      const rows = await lists[filter].execute({ before: before ?? pastTheNewest, limit, action, actorId });
      return rows.map(toEntry);
    },
  };
}
