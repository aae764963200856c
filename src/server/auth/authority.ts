import type { Cache, Touched } from "@weir/cache";
import type { WeirError } from "@weir/core/errors";
import type { Db, DbOrTx, Tx } from "@weir/postgres";
import type { AuditEvent, AuditService } from "@/admin/audit/service";
import { PlatformError } from "@/server/errors";
import { hasRole, type Role } from "./contract";
import { createRevoke } from "./revocation";
import type { Actor, Requirement } from "./session";

/** Why a requirement refuses a session; null when it is met. */
export function refusalOf(
  session: { role: Role; mustChangePassword: boolean } | null,
  { role, withTemporaryPassword }: Requirement,
): WeirError | null {
  if (session === null) return new PlatformError("SIGNED_OUT");
  if (!hasRole(session.role, role)) {
    return new PlatformError("ROLE_TOO_LOW", {
      detail: `This requires the role ${role}.`,
      facts: { requiredRole: role },
    });
  }
  const isAllowed = !session.mustChangePassword || withTemporaryPassword === true;
  return isAllowed ? null : new PlatformError("PASSWORD_CHANGE_REQUIRED");
}

/**
 * What is locked until an act commits. `shared`: the actor's user and session, so that disabling and the like wait.
 * `own`: the same, for acts on the actor's own user and sessions, one at a time. `users`: for acts on users, one at a
 * time in the whole database.
 */
export type ActScope = "shared" | "own" | "users";

/** Locks the actor's user and session in a transaction and reads them; null when the session has ended. */
export type LockActor = (
  tx: DbOrTx,
  actor: { userId: string; sessionId: string },
  scope: ActScope,
) => Promise<{ role: Role; mustChangePassword: boolean } | null>;

export type AuthorityTools = {
  db: Db;
  cache: Cache<Db, Tx>;
  audit: Pick<AuditService, "record">;
  queries: { lockActor: LockActor; lockUsers: (tx: DbOrTx) => Promise<void> };
};

export type ActTools = {
  tx: Tx;
  touched: Touched;
  /** Writes the audit event of the act, which commits with it. */
  record: (event: Omit<AuditEvent, "actor">) => Promise<void>;
};

export type Authority = ReturnType<typeof createAuthority>;

/**
 * The one way to an administrative write. The call that began it was allowed, but it may have waited since, for a hash
 * or for a lock: role and session are checked again in the transaction of the write, and stay locked until it commits.
 * So no write commits after its permission has been revoked. The program itself (`weir …`, jobs) acts with
 * the rights of the operator of the machine and is not checked.
 */
export function createAuthority({ db, cache, audit, queries }: AuthorityTools) {
  const revoke = createRevoke({ db, cache });

  /**
   * Checks the actor again; what was checked holds until the transaction ends.
   * @throws WeirError SIGNED_OUT, ROLE_TOO_LOW, PASSWORD_CHANGE_REQUIRED
   */
  async function check(tx: DbOrTx, actor: Actor, scope: ActScope = "shared"): Promise<void> {
    // Before the locks of users and sessions: acts on users lock several of them.
    if (scope === "users") await queries.lockUsers(tx);
    const { id, sessionId, requires = { role: "admin" } } = actor;
    if (id === null) return;
    const current = sessionId === null ? null : await queries.lockActor(tx, { userId: id, sessionId }, scope);
    const refusal = refusalOf(current, requires);
    if (refusal !== null) throw refusal;
  }

  return {
    check,

    /**
     * Runs a write in a transaction that begins with the check. Resolves after the commit, and after no node honours
     * sessions that it ended or changed (`touched`).
     * @throws WeirError as `check`, and what `work` throws
     */
    act: <Result>(actor: Actor, scope: ActScope, work: (tools: ActTools) => Promise<Result>): Promise<Result> =>
      revoke(async (tx, touched) => {
        // Nothing cached depends on an act, unless it says so.
        touched.tags();
        await check(tx, actor, scope);
        return work({ tx, touched, record: (event) => audit.record(tx, { ...event, actor }) });
      }),

    /**
     * Checks and records an act whose effect is not in Postgres. Call it right before the effect: what cannot be undone
     * must not happen unrecorded.
     * @throws WeirError as `check`
     */
    permit: (actor: Actor, event: Omit<AuditEvent, "actor">): Promise<void> =>
      db.transaction(async (tx) => {
        await check(tx, actor);
        await audit.record(tx, { ...event, actor });
      }),
  };
}
