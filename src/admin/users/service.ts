import { randomBytes, randomUUID } from "node:crypto";
import type { Touched } from "@weir/cache";
import type { Db, DbOrTx, Tx } from "@weir/postgres";
import type { AccountService } from "@/admin/account/service";
import type {
  PasswordReset,
  SessionsRevoked,
  SessionSummary,
  User,
  UserCreated,
  UserCreateInput,
  UserSetRoleInput,
} from "@/server/auth/contract";
import type { PasswordHasher } from "@/server/auth/password-hasher";
import type { PasswordStrength } from "@/server/auth/password-strength";
import type { ActTools, Authority } from "@/server/auth/authority";
import type { Actor } from "@/server/auth/session";
import { PlatformError } from "@/server/errors";
import { createUsersQueries } from "./queries";

export type UsersService = ReturnType<typeof createUsersService>;

export type UsersTools = {
  db: Db;
  authority: Authority;
  accounts: AccountService;
  hasher: PasswordHasher;
  strength: PasswordStrength;
  lifetimes: { idleSeconds: number };
};

const subjectOf = (id: string): string => `person:${id}`;
/** 100 bits, in letters and digits that are easy to tell apart. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
const newPassword = (): string =>
  Array.from(randomBytes(20), (byte) => alphabet[byte % alphabet.length])
    .join("")
    .replace(/(.{5})(?=.)/g, "$1-");

/** Manages users and their roles. */
export function createUsersService({ db, authority, accounts, hasher, strength, lifetimes }: UsersTools) {
  const queries = createUsersQueries(db, lifetimes);
  const act = <Result>(actor: Actor, work: (tools: ActTools) => Promise<Result>): Promise<Result> =>
    authority.act(actor, "users", work);

  async function user(on: DbOrTx, id: string): Promise<User> {
    const found = await queries.byId(on, id);
    if (found === null) throw new PlatformError("PERSON_NOT_FOUND");
    return found;
  }

  /** The administrators stay locked, so the check still holds when the transaction commits. */
  async function refuseLastAdmin(tx: Tx, id: string): Promise<void> {
    const admins = await queries.lockAdmins(tx);
    if (admins.length === 1 && admins[0] === id) throw new PlatformError("LAST_ADMIN");
  }

  type NewUser = UserCreateInput & { passwordHash: string; isTemporary: boolean };
  async function add({ tx, record }: ActTools, input: NewUser): Promise<User> {
    const { email, name, role, passwordHash, isTemporary } = input;
    const id = randomUUID();
    const row = { id, accountId: randomUUID(), email, name, role, passwordHash, mustChangePassword: isTemporary };
    if (!(await queries.add(tx, row))) throw new PlatformError("EMAIL_TAKEN");
    await record({ action: "people.create", subject: subjectOf(id), after: { email, name, role } });
    return user(tx, id);
  }

  const endSessions = (tx: Tx, touched: Touched, id: string): Promise<number> =>
    accounts.endAllSessions(tx, touched, id);

  return {
    list: (): Promise<User[]> => queries.list(),

    /** @throws WeirError PERSON_NOT_FOUND */
    byEmail: async (email: string): Promise<User> => {
      const found = await queries.byEmail(email);
      if (found === null) throw new PlatformError("PERSON_NOT_FOUND");
      return found;
    },

    sessions: async (id: string, currentId: string | null): Promise<SessionSummary[]> => {
      await user(db, id);
      return accounts.sessionsOf(id, currentId);
    },

    /** @throws WeirError EMAIL_TAKEN */
    create: async (input: UserCreateInput, actor: Actor): Promise<UserCreated> => {
      const temporaryPassword = newPassword();
      const passwordHash = await hasher.hash(temporaryPassword);
      const made = await act(actor, (tools) => add(tools, { ...input, passwordHash, isTemporary: true }));
      return { user: made, temporaryPassword };
    },

    /**
     * Adds the first administrator, exactly once even if nodes race; null if there already are users.
     * @throws WeirError PASSWORD_WEAK
     */
    createFirst: async (input: { email: string; password: string | null }, actor: Actor) => {
      if ((await queries.list()).length > 0) return null;
      if (input.password !== null) {
        const problem = await strength.problemOf(input.password, [input.email]);
        if (problem !== null)
          throw new PlatformError("PASSWORD_WEAK", { detail: `Set another ADMIN_PASSWORD. ${problem}` });
      }
      const password = input.password ?? newPassword();
      const passwordHash = await hasher.hash(password);
      const made = await act(actor, async (tools) => {
        if (!(await queries.isEmpty(tools.tx))) return null;
        const named = { email: input.email, name: "Administrator", role: "admin" as const };
        return add(tools, { ...named, passwordHash, isTemporary: false });
      });
      return made === null ? null : { user: made, password };
    },

    /** @throws WeirError PERSON_NOT_FOUND, LAST_ADMIN */
    setRole: ({ id, role }: UserSetRoleInput, actor: Actor): Promise<User> =>
      act(actor, async ({ tx, touched, record }) => {
        if (role !== "admin") await refuseLastAdmin(tx, id);
        await queries.lock(tx, id);
        const before = await user(tx, id);
        if (before.role === role) return before;
        await queries.setRole(tx, id, role);
        const sessionsEnded = await endSessions(tx, touched, id);
        await record({
          action: "people.setRole",
          subject: subjectOf(id),
          before: { role: before.role },
          after: { role, sessionsEnded },
        });
        return user(tx, id);
      }),

    /** @throws WeirError PERSON_NOT_FOUND */
    resetPassword: async (id: string, actor: Actor): Promise<PasswordReset> => {
      await user(db, id);
      const temporaryPassword = newPassword();
      const passwordHash = await hasher.hash(temporaryPassword);
      await act(actor, async ({ tx, touched, record }) => {
        await queries.lock(tx, id);
        await accounts.setPassword(tx, id, passwordHash, true);
        const sessionsEnded = await endSessions(tx, touched, id);
        await record({
          action: "people.resetPassword",
          subject: subjectOf(id),
          after: { sessionsEnded },
        });
      });
      return { temporaryPassword };
    },

    /** @throws WeirError PERSON_NOT_FOUND, OWN_ACCOUNT, LAST_ADMIN */
    disable: (id: string, actor: Actor): Promise<User> =>
      act(actor, async ({ tx, touched, record }) => {
        if (actor.id === id) throw new PlatformError("OWN_ACCOUNT");
        await refuseLastAdmin(tx, id);
        await queries.lock(tx, id);
        const before = await user(tx, id);
        if (before.isDisabled) return before;
        await queries.setDisabled(tx, id, true);
        const sessionsEnded = await endSessions(tx, touched, id);
        await record({
          action: "people.disable",
          subject: subjectOf(id),
          before: { isDisabled: false },
          after: { isDisabled: true, sessionsEnded },
        });
        return user(tx, id);
      }),

    /** @throws WeirError PERSON_NOT_FOUND */
    enable: (id: string, actor: Actor): Promise<User> =>
      act(actor, async ({ tx, record }) => {
        await queries.lock(tx, id);
        const before = await user(tx, id);
        if (!before.isDisabled) return before;
        await queries.setDisabled(tx, id, false);
        await record({
          action: "people.enable",
          subject: subjectOf(id),
          before: { isDisabled: true },
          after: { isDisabled: false },
        });
        return user(tx, id);
      }),

    /** @throws WeirError PERSON_NOT_FOUND */
    revokeSessions: (id: string, actor: Actor): Promise<SessionsRevoked> =>
      act(actor, async ({ tx, touched, record }) => {
        await queries.lock(tx, id);
        await user(tx, id);
        const revoked = await endSessions(tx, touched, id);
        await record({
          action: "people.revokeSessions",
          subject: subjectOf(id),
          after: { sessionsEnded: revoked },
        });
        return { revoked };
      }),
  };
}
