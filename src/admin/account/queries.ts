import { and, desc, eq, gt, inArray, ne, sql } from "drizzle-orm";
import { type Db, type DbOrTx, prepared } from "@weir/postgres";
import type { AttemptStore } from "@/server/auth/attempt-limiter";
import type { LockActor } from "@/server/auth/authority";
import type { SessionSummary } from "@/server/auth/contract";
import type { Session } from "@/server/auth/session";
import { accounts, sessions, signInAttempts, users } from "@/server/schema";

const given = (name: string) => sql.placeholder(name);
const providerId = "credential";

/** The tables by the names of better-auth's models. */
export const authTables = { user: users, session: sessions, account: accounts };

/** An advisory lock that nothing else in the database uses. */
const usersLock = 1_464_158_547;

/** A session expires when it is idle for this long. */
export type Lifetimes = { idleSeconds: number; absoluteSeconds: number };

const iso = (moment: string): string => new Date(moment).toISOString();

const isActive = ({ idleSeconds }: Lifetimes) =>
  and(
    gt(sessions.expiresAt, sql`now()`),
    gt(sessions.lastSeenAt, sql`now() - make_interval(secs => ${sql.raw(String(idleSeconds))})`),
  );

export type VerifiedRow = Session & { isSeenLongAgo: boolean };

export type AccountQueries = ReturnType<typeof createAccountQueries>;

/** Statements about sessions and a user's own account. */
export function createAccountQueries(db: Db, lifetimes: Lifetimes) {
  const verify = prepared(db, "auth.session", (on) =>
    on
      .select({
        id: sessions.id,
        userId: users.id,
        email: users.email,
        name: users.name,
        role: users.role,
        createdAt: sessions.createdAt,
        expiresAt: sessions.expiresAt,
        mustChangePassword: users.mustChangePassword,
        isSeenLongAgo: sql<boolean>`${sessions.lastSeenAt} < now() - interval '1 minute'`,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(eq(sessions.token, given("token")), eq(users.isDisabled, false), isActive(lifetimes))),
  );
  const touch = prepared(db, "auth.touch", (on) =>
    on
      .update(sessions)
      .set({ lastSeenAt: sql`now()`, updatedAt: sql`now()` })
      .where(and(eq(sessions.id, given("id")), sql`${sessions.lastSeenAt} < now() - interval '1 minute'`)),
  );
  const ofUser = prepared(db, "account.sessions", (on) =>
    on
      .select({
        id: sessions.id,
        createdAt: sessions.createdAt,
        lastSeenAt: sessions.lastSeenAt,
        expiresAt: sessions.expiresAt,
        address: sessions.ipAddress,
        userAgent: sessions.userAgent,
      })
      .from(sessions)
      .where(and(eq(sessions.userId, given("userId")), isActive(lifetimes)))
      .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt))
      .limit(500),
  );
  const credential = prepared(db, "auth.credential", (on) =>
    on
      .select({ password: accounts.password })
      .from(accounts)
      .where(and(eq(accounts.userId, given("userId")), eq(accounts.providerId, providerId))),
  );

  const forSignIn = prepared(db, "auth.person", (on) =>
    on
      .select({ user: users, account: accounts })
      .from(users)
      .innerJoin(accounts, and(eq(accounts.userId, users.id), eq(accounts.providerId, providerId)))
      .where(eq(users.email, given("email"))),
  );

  return {
    /** A user and the credential, in one statement either way; null if there is none. */
    findForSignIn: async (email: string) => {
      const [row] = await forSignIn.execute({ email });
      return row ?? null;
    },

    /** The session of this token hash, if it is active and its user is not disabled. */
    verify: async (token: string): Promise<VerifiedRow | null> => {
      const [row] = await verify.execute({ token });
      return row === undefined ? null : { ...row, createdAt: iso(row.createdAt), expiresAt: iso(row.expiresAt) };
    },

    /** Records that the session is in use; writes at most once a minute. */
    touch: async (id: string): Promise<void> => {
      await touch.execute({ id });
    },

    /** The active sessions, most recently seen first, at most 500. */
    sessionsOf: async (userId: string): Promise<Omit<SessionSummary, "isCurrent">[]> => {
      const rows = await ofUser.execute({ userId });
      return rows.map((row) => ({
        ...row,
        createdAt: iso(row.createdAt),
        lastSeenAt: iso(row.lastSeenAt),
        expiresAt: iso(row.expiresAt),
      }));
    },

    /** The hash of the user's password; null if there is none. */
    passwordHash: async (userId: string): Promise<string | null> => {
      const [row] = await credential.execute({ userId });
      return row?.password ?? null;
    },

    /** The user first, then the session: in the order in which everything else locks them. */
    lockActor: (async (tx, { userId, sessionId }, scope) => {
      const [user] = await tx
        .select({ role: users.role, mustChangePassword: users.mustChangePassword })
        .from(users)
        .where(and(eq(users.id, userId), eq(users.isDisabled, false)))
        .for(scope === "own" ? "no key update" : "share");
      if (user === undefined) return null;
      // Ending a session waits for this lock; noting that it was seen does not.
      const [session] = await tx
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isActive(lifetimes)))
        .for("key share");
      return session === undefined ? null : user;
    }) satisfies LockActor,

    /** Lets one act on users run at a time: each locks several users, and two would do so in different orders. */
    lockUsers: async (tx: DbOrTx): Promise<void> => {
      await tx.execute(sql`select pg_advisory_xact_lock(${usersLock}::bigint)`);
    },

    /** The hash of the password, with the user locked until the transaction ends. */
    lockPasswordHash: async (tx: DbOrTx, userId: string): Promise<string | null> => {
      await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for("no key update");
      const [row] = await tx
        .select({ password: accounts.password })
        .from(accounts)
        .where(and(eq(accounts.userId, userId), eq(accounts.providerId, providerId)));
      return row?.password ?? null;
    },

    /** Ends one session; null if the user has none with this ID. */
    endSession: async (tx: DbOrTx, { id, userId }: { id: string; userId: string }): Promise<{ id: string } | null> => {
      const rows = await tx
        .delete(sessions)
        .where(and(eq(sessions.id, id), eq(sessions.userId, userId)))
        .returning({ id: sessions.id });
      return rows[0] ?? null;
    },

    /** Ends the session of a token and returns its user. */
    endSessionOfToken: async (
      tx: DbOrTx,
      token: string,
    ): Promise<{ id: string; userId: string; email: string } | null> => {
      const [ended] = await tx
        .delete(sessions)
        .where(eq(sessions.token, token))
        .returning({ id: sessions.id, userId: sessions.userId });
      if (ended === undefined) return null;
      const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, ended.userId));
      return { ...ended, email: user?.email ?? ended.userId };
    },

    /** Ends all sessions of a user except `keep`; returns their IDs. */
    endOtherSessions: async (tx: DbOrTx, userId: string, keep: string | null): Promise<string[]> => {
      const rows = await tx
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), keep === null ? undefined : ne(sessions.id, keep)))
        .returning({ id: sessions.id });
      return rows.map(({ id }) => id);
    },

    /** Ends all but the `keep` most recently used sessions of a user; `except` is one that has just begun. */
    endSessionsBeyond: async (tx: DbOrTx, userId: string, keep: number, except: string): Promise<string[]> => {
      const beyond = tx
        .select({ id: sessions.id })
        .from(sessions)
        .where(and(eq(sessions.userId, userId), ne(sessions.id, except)))
        .orderBy(desc(sessions.lastSeenAt), desc(sessions.createdAt))
        .offset(keep);
      const rows = await tx.delete(sessions).where(inArray(sessions.id, beyond)).returning({ id: sessions.id });
      return rows.map(({ id }) => id);
    },

    /** Replaces the token of a session. */
    renewToken: async (tx: DbOrTx, id: string, token: string): Promise<void> => {
      await tx
        .update(sessions)
        .set({ token, updatedAt: sql`now()` })
        .where(eq(sessions.id, id));
    },

    setPassword: async (tx: DbOrTx, userId: string, password: string, isTemporary: boolean): Promise<void> => {
      await tx
        .update(accounts)
        .set({ password, updatedAt: sql`now()` })
        .where(and(eq(accounts.userId, userId), eq(accounts.providerId, providerId)));
      await tx
        .update(users)
        .set({ mustChangePassword: isTemporary, updatedAt: sql`now()` })
        .where(eq(users.id, userId));
    },

    setName: async (tx: DbOrTx, userId: string, name: string): Promise<void> => {
      await tx
        .update(users)
        .set({ name, updatedAt: sql`now()` })
        .where(eq(users.id, userId));
    },

    /**
     * The user who signs in, locked until the transaction ends. Not `for update`: the session that was just inserted holds
     * a key share lock on the user, and two sign-ins would wait for each other's.
     */
    lockForSignIn: async (tx: DbOrTx, userId: string): Promise<{ isDisabled: boolean; email: string } | null> => {
      const [row] = await tx
        .select({ isDisabled: users.isDisabled, email: users.email })
        .from(users)
        .where(eq(users.id, userId))
        .for("no key update");
      return row ?? null;
    },

    /** Dates a new session by the database's clock; better-auth dates it by the node's. */
    dateSession: async (tx: DbOrTx, id: string): Promise<void> => {
      const nowAt = sql`now()`;
      await tx
        .update(sessions)
        .set({
          createdAt: nowAt,
          updatedAt: nowAt,
          lastSeenAt: nowAt,
          expiresAt: sql`now() + make_interval(secs => ${lifetimes.absoluteSeconds}::int)`,
        })
        .where(eq(sessions.id, id));
    },

    noteSignIn: async (tx: DbOrTx, userId: string): Promise<void> => {
      await tx
        .update(users)
        .set({ lastSignInAt: sql`now()` })
        .where(eq(users.id, userId));
    },

    /** Deletes a batch of expired sessions, skipping rows that another transaction holds. */
    removeEnded: async (tx: DbOrTx): Promise<void> => {
      await tx.execute(sql`
        delete from ${sessions} where ${sessions.id} in (
          select id from ${sessions}
          where expires_at < now() or last_seen_at < now() - make_interval(secs => ${lifetimes.idleSeconds}::int)
          limit 100 for update skip locked
        )`);
    },
  };
}

/** Counts sign-in attempts while Redis is unavailable. */
export function createAttemptQueries(db: Db): AttemptStore {
  const take = prepared(db, "auth.takeAttempt", (on) =>
    on
      .select({
        waitMs: sql<string>`weir.take_attempt(
          ${given("keys")}::text[], ${given("mosts")}::int[], ${given("windows")}::bigint[], ${given("attempt")}
        )`,
      })
      .from(sql`(select 1) as one`),
  );
  const giveBack = prepared(db, "auth.giveBackAttempt", (on) => {
    // Locked in the order in which attempts lock them: `keys` is sorted by code units.
    const held = on.$with("held").as(
      on
        .select({ key: signInAttempts.key })
        .from(signInAttempts)
        .where(sql`${signInAttempts.key} = any(${given("keys")}::text[])`)
        .orderBy(sql`${signInAttempts.key} collate "C"`)
        .for("update"),
    );
    return on
      .with(held)
      .update(signInAttempts)
      .set({
        times: sql`array(
          select entry from unnest(${signInAttempts.times}) with ordinality as one (entry, place)
          where split_part(entry, ':', 2) <> ${given("attempt")} order by place
        )`,
      })
      .where(sql`${signInAttempts.key} in (select ${held.key} from ${held})`);
  });
  return {
    take: async (keys, attempt) => {
      const [row] = await take.execute({
        keys: keys.map(({ key }) => key),
        mosts: keys.map(({ most }) => most),
        windows: keys.map(({ windowMs }) => windowMs),
        attempt,
      });
      if (row === undefined) throw new TypeError("weir.take_attempt returned no row.");
      return Number(row.waitMs);
    },
    giveBack: async (keys, attempt) => {
      await giveBack.execute({ keys, attempt });
    },
  };
}
