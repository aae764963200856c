import { randomUUID } from "node:crypto";
import fc from "fast-check";
import postgres, { type Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { waitUntil } from "@weir/embedded/processes";
import { actorOf } from "@/dev/test-sessions";
import { openRuntime, type PlatformRuntime } from "@/server/runtime";
import type { Actor } from "./session";
import type { User } from "./contract";

const program: Actor = { id: null, label: "test", sessionId: null, address: null, requestId: null };
const passwordCost = { logN: 4, r: 1, p: 1 };

let database: TestDatabase;
let nodes: [PlatformRuntime, PlatformRuntime];
let onlooker: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  onlooker = postgres(database.url, { max: 2, onnotice: () => undefined });
  const shared = {
    features: {},
    databaseUrl: database.url,
    poolMax: 6,
    redisUrl: inject("redisUrl"),
    queueRedisUrl: inject("queueRedisUrl"),
    keyPrefix: testPrefix(),
    disabled: new Set<never>(),
    passwordCost,
  } as const;
  nodes = await Promise.all([openRuntime({ ...shared, nodeId: "a" }), openRuntime({ ...shared, nodeId: "b" })]);
  // Demoting the others never meets the rule of the last administrator.
  await nodes[0].services.users.create({ email: "root@example.com", name: "Root", role: "admin" }, program);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await onlooker.end();
  await database.drop();
});

/** The application's transactions that wait for a lock. */
const countWaiting = async (): Promise<number> => {
  const [row] = await onlooker<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like 'weir%' and wait_event_type = 'Lock'`;
  return row?.count ?? 0;
};

type Case = { boss: User; actor: Actor; target: User; email: string };

/** Acts on the services of one node, each with the audit event that it leaves. */
const acts = {
  "users.create": ({ services: { users } }: PlatformRuntime, { actor, email }: Case) =>
    users.create({ email, name: "New", role: "viewer" }, actor),
  "users.setRole": ({ services: { users } }: PlatformRuntime, { actor, target: { id } }: Case) =>
    users.setRole({ id, role: "operator" }, actor),
  "users.resetPassword": ({ services: { users } }: PlatformRuntime, { actor, target }: Case) =>
    users.resetPassword(target.id, actor),
  "users.disable": ({ services: { users } }: PlatformRuntime, { actor, target }: Case) =>
    users.disable(target.id, actor),
  "users.revokeSessions": ({ services: { users } }: PlatformRuntime, { actor, target }: Case) =>
    users.revokeSessions(target.id, actor),
  "account.changeName": ({ services: { accounts } }: PlatformRuntime, { actor, boss }: Case) =>
    accounts.changeName(sessionOf(boss, actor), "Renamed", actor),
  "account.revokeOtherSessions": ({ services: { accounts } }: PlatformRuntime, { actor, boss }: Case) =>
    accounts.revokeOtherSessions(sessionOf(boss, actor), actor),
  "cache.invalidate": ({ services: { invalidation } }: PlatformRuntime, { actor, email }: Case) =>
    invalidation.invalidate({ tags: [email], mode: "purge", wait: "local" }, actor),
};
type ActName = keyof typeof acts;
// Names of an object literal.
const actNames = Object.keys(acts) as ActName[];

/** What takes the permission away. */
const endings = {
  disable: ({ services: { users } }: PlatformRuntime, { boss }: Case) => users.disable(boss.id, program),
  demote: ({ services: { users } }: PlatformRuntime, { boss }: Case) =>
    users.setRole({ id: boss.id, role: "viewer" }, program),
  resetPassword: ({ services: { users } }: PlatformRuntime, { boss }: Case) => users.resetPassword(boss.id, program),
  revokeSessions: ({ services: { users } }: PlatformRuntime, { boss }: Case) => users.revokeSessions(boss.id, program),
  signOut: async ({ services: { accounts } }: PlatformRuntime, { actor }: Case) => {
    const [row] = await onlooker<{ token: string }[]>`select token from weir.sessions where id = ${actor.sessionId}`;
    return accounts.signOut(row?.token ?? "", { address: null, requestId: null });
  },
};
type EndingName = keyof typeof endings;
// Names of an object literal.
const endingNames = Object.keys(endings) as EndingName[];

const sessionOf = ({ id: userId, email, name, role }: User, { sessionId }: Actor) => ({
  id: sessionId ?? "",
  userId,
  email,
  name,
  role,
  createdAt: "",
  expiresAt: "",
  mustChangePassword: false,
});

async function newCase(): Promise<Case> {
  const suffix = randomUUID().slice(0, 8);
  const { users } = nodes[0].services;
  const [{ user: boss }, { user: target }] = await Promise.all([
    users.create({ email: `boss-${suffix}@example.com`, name: "Boss", role: "admin" }, program),
    users.create({ email: `target-${suffix}@example.com`, name: "Target", role: "viewer" }, program),
  ]);
  return { boss, target, actor: await actorOf(nodes[0], boss), email: `new-${suffix}@example.com` };
}

/** How many acts of this actor are committed. */
async function countOf({ boss }: Case): Promise<number> {
  const [row] = await onlooker<{ count: number }[]>`
    select count(*)::int as count from weir.audit_entries where actor_id = ${boss.id} and action <> 'session.signOut'`;
  return row?.count ?? 0;
}

/** Holds a lock that the act needs, in a transaction of its own, until it is released. */
async function hold(where: "actor" | "email" | "target", { boss, target, email }: Case) {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let isHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => (isHeld = resolve));
  const done = onlooker.begin(async (sql) => {
    if (where === "email") {
      await sql`insert into weir.users (id, email, name, role) values (${randomUUID()}, ${email}, 'Held', 'viewer')`;
    } else {
      await sql`select 1 from weir.users where id = ${where === "actor" ? boss.id : target.id} for update`;
    }
    isHeld();
    await released;
    await sql`rollback and chain`;
  });
  await held;
  return async (): Promise<void> => {
    release();
    await done;
  };
}

const settledOf = (work: Promise<unknown>) => {
  const state = { isSettled: false, isDone: false };
  const settled = work.then(
    () => (state.isDone = true),
    () => undefined,
  );
  return { state, settled: settled.finally(() => (state.isSettled = true)) };
};

const refusals = ["SIGNED_OUT", "ROLE_TOO_LOW", "PASSWORD_CHANGE_REQUIRED"];

describe("an administrative act", () => {
  test("never commits after its permission is revoked, however the two interleave", async () => {
    const held = fc.constantFrom("actor" as const, "email" as const, "target" as const);
    const someAct = fc.constantFrom(...actNames);
    await fc.assert(
      fc.asyncProperty(
        someAct,
        fc.constantFrom(...endingNames),
        held,
        fc.boolean(),
        async (act, ending, where, first) => {
          const one = await newCase();
          const release = await hold(where, one);
          const begin = [
            () => settledOf(acts[act](nodes[0], one)),
            () => settledOf(endings[ending](nodes[1], one)),
          ] as const;
          const acting = first ? begin[0]() : null;
          if (acting !== null)
            await waitUntil(async () => acting.state.isSettled || (await countWaiting()) > 0, 5000, 5);
          const before = await countWaiting();
          const end = begin[1]();
          const acted = acting ?? begin[0]();
          // Whatever can run has run: the rest waits for the lock that is held, or for each other.
          await waitUntil(async () => end.state.isSettled || (await countWaiting()) > before, 5000, 5);
          const countAtEnd = end.state.isSettled ? await countOf(one) : null;
          await release();
          await Promise.all([acted.settled, end.settled]);
          expect(end.state.isDone, "the ending").toBe(true);
          const count = await countOf(one);
          expect(countAtEnd ?? count, "acts before the commit of the ending, and later").toBe(count);
          expect(count).toBe(acted.state.isDone ? 1 : 0);
          // And from now on.
          const late = await acts[act](nodes[0], one).then(
            () => "done",
            (error: unknown) => String(Reflect.get(Object(error), "code")),
          );
          expect(refusals).toContain(late);
          expect(await countOf(one)).toBe(count);
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 45_000 },
    );
  }, 90_000);

  test("that has been checked commits before its user is disabled, however long it waits", async () => {
    const one = await newCase();
    const release = await hold("email", one);
    const acting = settledOf(acts["users.create"](nodes[0], one));
    await waitUntil(async () => (await countWaiting()) > 0, 5000, 5);
    const disabling = settledOf(endings.disable(nodes[1], one));
    await waitUntil(async () => disabling.state.isSettled || (await countWaiting()) > 1, 5000, 5);
    // The act was allowed and has begun: disabling waits for it.
    expect(disabling.state.isSettled).toBe(false);
    await release();
    await Promise.all([acting.settled, disabling.settled]);
    expect([acting.state.isDone, disabling.state.isDone]).toEqual([true, true]);
  });
});
