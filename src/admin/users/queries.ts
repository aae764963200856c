import { asc, eq, sql } from "drizzle-orm";
import { type Db, type DbOrTx, prepared } from "@weir/postgres";
import type { Role, User } from "@/server/auth/contract";
import { accounts, sessions, users } from "@/server/schema";

const given = (name: string) => sql.placeholder(name);

export type NewUser = {
  id: string;
  accountId: string;
  email: string;
  name: string;
  role: Role;
  passwordHash: string;
  mustChangePassword: boolean;
};

const iso = (moment: string | null): string | null => (moment === null ? null : new Date(moment).toISOString());

/** Statements about users. */
export function createUsersQueries(db: Db, { idleSeconds }: { idleSeconds: number }) {
  const fields = {
    id: users.id,
    email: users.email,
    name: users.name,
    role: users.role,
    createdAt: users.createdAt,
    lastSignInAt: users.lastSignInAt,
    isDisabled: users.isDisabled,
    mustChangePassword: users.mustChangePassword,
    // Drizzle leaves the table out of the name of a column in a selection of one table.
    sessions: sql<number>`(
      select count(*) from ${sessions} s
      where s.user_id = "users"."id" and s.expires_at > now()
        and s.last_seen_at > now() - make_interval(secs => ${sql.raw(String(idleSeconds))})
    )`.mapWith(Number),
  };
  type Row = { createdAt: string; lastSignInAt: string | null } & Omit<User, "createdAt" | "lastSignInAt">;
  const toUser = (row: Row): User => ({
    ...row,
    createdAt: new Date(row.createdAt).toISOString(),
    lastSignInAt: iso(row.lastSignInAt),
  });

  const all = prepared(db, "people.list", (on) => on.select(fields).from(users).orderBy(asc(users.email)));
  const byEmail = prepared(db, "people.byEmail", (on) =>
    on
      .select(fields)
      .from(users)
      .where(eq(users.email, given("email"))),
  );

  return {
    /** All users, by email. */
    list: async (): Promise<User[]> => (await all.execute()).map(toUser),

    byEmail: async (email: string): Promise<User | null> => {
      const [row] = await byEmail.execute({ email });
      return row === undefined ? null : toUser(row);
    },

    /** The user as the transaction sees it. */
    byId: async (on: DbOrTx, id: string): Promise<User | null> => {
      const [row] = await on.select(fields).from(users).where(eq(users.id, id));
      return row === undefined ? null : toUser(row);
    },

    /**
     * Locks all enabled administrators until the transaction ends and returns their IDs. Of two transactions that each
     * remove the last but one, the second sees what the first did.
     */
    lockAdmins: async (tx: DbOrTx): Promise<string[]> => {
      const rows = await tx
        .select({ id: users.id, isDisabled: users.isDisabled })
        .from(users)
        .where(eq(users.role, "admin"))
        .orderBy(asc(users.id))
        .for("no key update");
      return rows.filter(({ isDisabled }) => !isDisabled).map(({ id }) => id);
    },

    /** Locks one user until the transaction ends. */
    lock: async (tx: DbOrTx, id: string): Promise<void> => {
      await tx.select({ id: users.id }).from(users).where(eq(users.id, id)).for("no key update");
    },

    /** Whether there are no users yet. */
    isEmpty: async (tx: DbOrTx): Promise<boolean> => {
      const found = await tx.select({ id: users.id }).from(users).limit(1);
      return found.length === 0;
    },

    /** False if the email is already in use. */
    add: async (tx: DbOrTx, user: NewUser): Promise<boolean> => {
      const { id, accountId, passwordHash, ...rest } = user;
      const added = await tx
        .insert(users)
        .values({ id, ...rest })
        .onConflictDoNothing({ target: users.email })
        .returning({ id: users.id });
      if (added.length === 0) return false;
      await tx.insert(accounts).values({
        id: accountId,
        accountId: id,
        providerId: "credential",
        userId: id,
        password: passwordHash,
      });
      return true;
    },

    setRole: async (tx: DbOrTx, id: string, role: Role): Promise<void> => {
      await tx
        .update(users)
        .set({ role, updatedAt: sql`now()` })
        .where(eq(users.id, id));
    },

    setDisabled: async (tx: DbOrTx, id: string, isDisabled: boolean): Promise<void> => {
      await tx
        .update(users)
        .set({ isDisabled, updatedAt: sql`now()` })
        .where(eq(users.id, id));
    },
  };
}
