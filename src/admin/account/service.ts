import type { Cache, Touched } from "@weir/cache";
import type { Db, DbOrTx, Tx } from "@weir/postgres";
import type { AuditService } from "@/admin/audit/service";
import { type AttemptLimiter, subjectsOf } from "@/server/auth/attempt-limiter";
import type { AccountChangePasswordInput, SessionsRevoked, SessionSummary } from "@/server/auth/contract";
import type { PasswordHasher } from "@/server/auth/password-hasher";
import type { PasswordStrength } from "@/server/auth/password-strength";
import type { ActTools, Authority } from "@/server/auth/authority";
import { createRevoke, verifiedForMs } from "@/server/auth/revocation";
import type { Actor, Session } from "@/server/auth/session";
import { hashToken, newToken } from "@/server/auth/session-cookie";
import { PlatformError } from "@/server/errors";
import { sessionTag, userTag } from "./keys";
import type { AccountQueries } from "./queries";

export type AccountService = ReturnType<typeof createAccountService>;

export type AccountTools = {
  db: Db;
  cache: Cache<Db, Tx>;
  audit: AuditService;
  authority: Authority;
  queries: AccountQueries;
  hasher: PasswordHasher;
  strength: PasswordStrength;
  limiter: AttemptLimiter;
};

/** The next sign-in beyond this number ends the least recently used session of the user. */
const maxSessions = 100;
/** No hash begins with this. */
const disabledPrefix = "disabled:";

/** Sessions, and what users can change about their own account. */
export function createAccountService(tools: AccountTools) {
  const { db, cache, audit, authority, queries, hasher, strength, limiter } = tools;
  const revoke = createRevoke({ db, cache });
  const act = <Result>(actor: Actor, work: (tools: ActTools) => Promise<Result>): Promise<Result> =>
    authority.act(actor, "own", work);

  // Also bounds how long a node that is cut off from the others trusts a session: one second.
  const verified = cache.define<string, Session>({
    name: "auth.session",
    version: 1,
    isSensitive: true,
    key: (token) => token,
    tags: (_token, session) => (session === null ? [] : [sessionTag(session.id), userTag(session.userId)]),
    freshFor: `${verifiedForMs}ms`,
    negativeFor: `${verifiedForMs}ms`,
    load: async (token) => {
      const row = await queries.verify(token);
      if (row === null) return null;
      const { isSeenLongAgo, ...session } = row;
      // Not awaited: if it fails, the session expires a minute early at worst.
      if (isSeenLongAgo) void queries.touch(session.id).catch(() => undefined);
      return session;
    },
  });

  const sessionsOf = async (userId: string, currentId: string | null): Promise<SessionSummary[]> => {
    const all = await queries.sessionsOf(userId);
    return all.map((session) => ({ ...session, isCurrent: session.id === currentId }));
  };

  return {
    /** The session of a token's hash, at most a second old; null if it has ended or its user is disabled. */
    verify: (tokenHash: string): Promise<Session | null> => verified.get(tokenHash),

    sessions: ({ id, userId }: Session): Promise<SessionSummary[]> => sessionsOf(userId, id),
    sessionsOf,

    /** Ends all sessions of a user as part of a larger write. */
    endAllSessions: async (tx: DbOrTx, touched: Touched, userId: string): Promise<number> => {
      const ended = await queries.endOtherSessions(tx, userId, null);
      touched.tags(userTag(userId));
      return ended.length;
    },

    setPassword: queries.setPassword,

    /**
     * The user with this email, as better-auth reads it. The hash of a disabled user is prefixed, so that it is compared
     * like any other and then rejected: a client cannot tell the two apart.
     */
    findForSignIn: async (email: string): Promise<Record<string, unknown> | null> => {
      const found = await queries.findForSignIn(email);
      if (found === null) return null;
      const { user, account } = found;
      const password = user.isDisabled ? disabledPrefix + (account.password ?? "") : account.password;
      return { ...user, account: [{ ...account, password }] };
    },

    /** Parses a hash as returned by `findForSignIn`. */
    readStoredHash: (hash: string): { hash: string; isDisabled: boolean } => {
      const isDisabled = hash.startsWith(disabledPrefix);
      return { isDisabled, hash: isDisabled ? hash.slice(disabledPrefix.length) : hash };
    },

    /** @throws WeirError SESSION_NOT_FOUND */
    revokeSession: async ({ userId }: Session, id: string, actor: Actor): Promise<SessionsRevoked> => {
      await act(actor, async ({ tx, touched, record }) => {
        const ended = await queries.endSession(tx, { id, userId });
        if (ended === null) throw new PlatformError("SESSION_NOT_FOUND");
        await record({ action: "session.revoke", subject: `session:${id}` });
        touched.tags(sessionTag(id));
      });
      return { revoked: 1 };
    },

    revokeOtherSessions: ({ id, userId }: Session, actor: Actor): Promise<SessionsRevoked> =>
      act(actor, async ({ tx, touched, record }) => {
        const ended = await queries.endOtherSessions(tx, userId, id);
        const facts = { sessions: ended.length };
        await record({ action: "session.revokeOthers", subject: `person:${userId}`, after: facts });
        // One tag covers any number of sessions; the current session is loaded once more.
        touched.tags(userTag(userId));
        return { revoked: ended.length };
      }),

    /** Ends the session of a token, as on sign-out; returns whether there was one. */
    signOut: (tokenHash: string, from: Pick<Actor, "address" | "requestId">): Promise<boolean> =>
      revoke(async (tx, touched) => {
        const ended = await queries.endSessionOfToken(tx, tokenHash);
        if (ended === null) {
          touched.tags();
          return false;
        }
        const { id, userId, email } = ended;
        const actor: Actor = { id: userId, label: email, sessionId: id, ...from };
        await audit.record(tx, { action: "session.signOut", actor, subject: `session:${id}` });
        touched.tags(sessionTag(id));
        return true;
      }),

    /**
     * Runs in the transaction that begins a session.
     * @throws WeirError CREDENTIALS_WRONG if the user was disabled, or the password changed, since it was verified
     */
    beginSession: async (
      tx: DbOrTx,
      { id, userId, verifiedHash }: { id: string; userId: string; verifiedHash: string | null },
      from: Pick<Actor, "address" | "requestId">,
    ): Promise<void> => {
      const user = await queries.lockForSignIn(tx, userId);
      const hash = await queries.lockPasswordHash(tx, userId);
      if (user === null || user.isDisabled || hash === null || hash !== verifiedHash) {
        throw new PlatformError("CREDENTIALS_WRONG");
      }
      await queries.dateSession(tx, id);
      await queries.noteSignIn(tx, userId);
      await queries.removeEnded(tx);
      // No node caches a session for longer than a second, so no invalidation is needed.
      const ended = await queries.endSessionsBeyond(tx, userId, maxSessions - 1, id);
      const actor: Actor = { id: userId, label: user.email, sessionId: id, ...from };
      const facts = ended.length === 0 ? {} : { after: { sessionsEnded: ended.length } };
      await audit.record(tx, { action: "session.signIn", actor, subject: `session:${id}`, ...facts });
    },

    /** Records a failed attempt; `email` is as entered. */
    noteFailedSignIn: async (email: string, from: Pick<Actor, "address" | "requestId">): Promise<void> => {
      const actor: Actor = { id: null, label: email, sessionId: null, ...from };
      await audit.record(db, { action: "session.signInFailed", actor });
    },

    /**
     * Returns the new token of this session. Its old token and the other sessions end.
     * @throws WeirError PASSWORD_WEAK, PASSWORD_WRONG, SIGN_IN_LIMITED, SIGN_IN_BUSY
     */
    changePassword: async (
      { id, userId, email, name }: Session,
      { currentPassword, newPassword }: AccountChangePasswordInput,
      actor: Actor,
    ): Promise<SessionsRevoked & { token: string }> => {
      if (newPassword === currentPassword) {
        throw new PlatformError("PASSWORD_WEAK", { detail: "It must differ from the current password." });
      }
      hasher.assertRoom();
      const attempt = await limiter.take(subjectsOf(email, actor.address ?? "program"));
      let current: string | null;
      let isRight: boolean;
      try {
        current = await queries.passwordHash(userId);
        isRight = current !== null && (await hasher.verify(current, currentPassword));
      } catch (error) {
        // The attempt revealed nothing about the password, so it does not count.
        await attempt.giveBack();
        throw error;
      }
      if (!isRight) throw new PlatformError("PASSWORD_WRONG");
      await attempt.giveBack();
      // Not earlier: an estimate costs as much as a hash.
      const problem = await strength.problemOf(newPassword, [email, name]);
      if (problem !== null) throw new PlatformError("PASSWORD_WEAK", { detail: problem });
      const password = await hasher.hash(newPassword);
      const token = newToken();
      const revoked = await act(actor, async ({ tx, touched, record }) => {
        // The password may have been reset in the meantime.
        if ((await queries.lockPasswordHash(tx, userId)) !== current) throw new PlatformError("PASSWORD_WRONG");
        await queries.setPassword(tx, userId, password, false);
        const ended = await queries.endOtherSessions(tx, userId, id);
        await queries.renewToken(tx, id, hashToken(token));
        const facts = { sessionsEnded: ended.length };
        await record({ action: "account.changePassword", subject: `person:${userId}`, after: facts });
        touched.tags(userTag(userId));
        return ended.length;
      });
      return { revoked, token };
    },

    changeName: async ({ userId, name: before }: Session, name: string, actor: Actor): Promise<{ name: string }> => {
      await act(actor, async ({ tx, touched, record }) => {
        await queries.setName(tx, userId, name);
        await record({
          action: "account.changeName",
          subject: `person:${userId}`,
          before: { name: before },
          after: { name },
        });
        touched.tags(userTag(userId));
      });
      return { name };
    },
  };
}
