import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase, testPrefix } from "@weir/testkit/testing";
import { actorOf } from "@/dev/test-sessions";
import type { AuditEntry } from "@/admin/audit/contract/entries";
import { openRuntime, type Runtime } from "@/server/runtime";

const actor = { id: null, label: "test", sessionId: null, address: "203.0.113.7", requestId: "r-1" };
const passwordCost = { logN: 4, r: 1, p: 1 };

let database: TestDatabase;
let nodes: [Runtime, Runtime];
beforeAll(async () => {
  database = await createTestDatabase();
  const keyPrefix = testPrefix();
  const open = (nodeId: string): Promise<Runtime> =>
    openRuntime({
      features: {},
      nodeId,
      databaseUrl: database.url,
      poolMax: 8,
      redisUrl: inject("redisUrl"),
      queueRedisUrl: inject("queueRedisUrl"),
      keyPrefix,
      disabled: new Set(),
      passwordCost,
    });
  nodes = await Promise.all([open("a"), open("b")]);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await database.drop();
});

const users = (node: 0 | 1 = 0): Runtime["services"]["users"] => nodes[node].services.users;
const latestEntries = async (count: number): Promise<AuditEntry[]> =>
  (await nodes[0].services.audit.list({ limit: count })).entries;
const settle = (asked: Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> => Promise.allSettled(asked);

describe("the first administrator", () => {
  test("is not created with a password that is easily guessed, and the error names the variable", async () => {
    const weak = { email: "first@example.com", password: "Passw0rd1234" };
    const message = expect.stringMatching(/ADMIN_PASSWORD.*commonly used password/);
    await expect(users().createFirst(weak, actor)).rejects.toMatchObject({ code: "PASSWORD_WEAK", message });
    expect(await users().list()).toEqual([]);
  });

  test("is created once for any number of nodes that start at the same time", async () => {
    const first = { email: "first@example.com", password: null };
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) => users(index % 2 === 0 ? 0 : 1).createFirst(first, actor)),
    );
    const created = made.filter((one) => one !== null);
    expect(created).toMatchObject([{ user: { email: "first@example.com", role: "admin", mustChangePassword: false } }]);
    expect(created[0]?.password).toMatch(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    expect(await users().list()).toHaveLength(1);
    expect(await latestEntries(5)).toMatchObject([{ action: "people.create", actor: { id: null, label: "test" } }]);
    expect(await users(1).createFirst({ email: "second@example.com", password: "x" }, actor)).toBeNull();
  });

  test("can be neither demoted nor disabled as the last one", async () => {
    const [first] = await users().list();
    const id = first?.id ?? "";
    await expect(users().disable(id, actor)).rejects.toMatchObject({ code: "LAST_ADMIN" });
    await expect(users().setRole({ id, role: "viewer" }, actor)).rejects.toMatchObject({ code: "LAST_ADMIN" });
    expect((await users().list())[0]).toMatchObject({ role: "admin", isDisabled: false });
  });

  test("one of two administrators that remove each other at once stays", async () => {
    const [first] = await users().list();
    for (let round = 0; round < 10; round += 1) {
      const email = `admin-${round}@example.com`;
      const { user: second } = await users().create({ email, name: "Second", role: "admin" }, actor);
      const isByThem = round % 2 === 0;
      const theFirst = { id: first?.id ?? "", email: "first@example.com" };
      const [byFirst, bySecond] = isByThem
        ? [await actorOf(nodes[0], theFirst), await actorOf(nodes[1], second)]
        : [actor, actor];
      const ended = await settle([
        users(0).disable(second.id, byFirst),
        users(1).setRole({ id: theFirst.id, role: "viewer" }, bySecond),
      ]);
      // The one that is removed first is no administrator any more.
      const code = isByThem ? "SIGNED_OUT" : "LAST_ADMIN";
      expect(ended.filter(({ status }) => status === "rejected")).toMatchObject([{ reason: { code } }]);
      const admins = (await users().list()).filter(({ role, isDisabled }) => role === "admin" && !isDisabled);
      expect(admins).toHaveLength(1);
      // As it was before.
      await users().setRole({ id: first?.id ?? "", role: "admin" }, actor);
      if (!second.isDisabled) await users().setRole({ id: second.id, role: "viewer" }, actor);
    }
  });
});

describe("users", () => {
  test("have a unique email", async () => {
    const input = { email: "ada@example.com", name: "Ada", role: "viewer" } as const;
    const ended = await settle(
      Array.from({ length: 4 }, (_, index) => users(index % 2 === 0 ? 0 : 1).create(input, actor)),
    );
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const refused = ended.filter((one) => one.status === "rejected").map(({ reason }) => reason as { code: string });
    expect(refused.map(({ code }) => code)).toEqual(["EMAIL_TAKEN", "EMAIL_TAKEN", "EMAIL_TAKEN"]);
  });

  test("are changed with an audit entry of the change, the actor and the address", async () => {
    const { user } = await users().create({ email: "grace@example.com", name: "Grace", role: "viewer" }, actor);
    const { user: boss } = await users().create({ email: "boss@example.com", name: "Boss", role: "admin" }, actor);
    const by = await actorOf(nodes[0], boss);
    await users().setRole({ id: user.id, role: "operator" }, by);
    await users().disable(user.id, by);
    await users().disable(user.id, by);
    await users().enable(user.id, by);
    const { temporaryPassword } = await users().resetPassword(user.id, by);
    const subject = `person:${user.id}`;
    const actorSeen = { id: boss.id, label: "boss@example.com" };
    const where = { actor: actorSeen, subject, address: "203.0.113.7", requestId: "r-1" };
    const recorded = await latestEntries(4);
    expect(recorded).toMatchObject([
      { ...where, action: "people.resetPassword", before: null, after: { sessionsEnded: 0 } },
      { ...where, action: "people.enable", before: { isDisabled: true }, after: { isDisabled: false } },
      { ...where, action: "people.disable", before: { isDisabled: false }, after: { isDisabled: true } },
      { ...where, action: "people.setRole", before: { role: "viewer" }, after: { role: "operator" } },
    ]);
    expect(JSON.stringify(recorded)).not.toContain(temporaryPassword);
    expect(await users().byEmail("grace@example.com")).toMatchObject({ role: "operator", mustChangePassword: true });
  });

  test("that are unknown, or the caller, are rejected without an audit entry", async () => {
    const before = await latestEntries(1);
    const nobody = { code: "PERSON_NOT_FOUND" };
    await expect(users().setRole({ id: "nobody", role: "viewer" }, actor)).rejects.toMatchObject(nobody);
    await expect(users().resetPassword("nobody", actor)).rejects.toMatchObject(nobody);
    await expect(users().revokeSessions("nobody", actor)).rejects.toMatchObject(nobody);
    const admin = await users().byEmail("first@example.com");
    await expect(users().disable(admin.id, await actorOf(nodes[0], admin))).rejects.toMatchObject({
      code: "OWN_ACCOUNT",
    });
    await expect(users().enable(admin.id, { ...actor, id: "nobody" })).rejects.toMatchObject({ code: "SIGNED_OUT" });
    expect(await latestEntries(1)).toEqual(before);
  });
});

describe("the audit log", () => {
  test("is read in pages without gaps, and filtered by action and user", async () => {
    const all = (await nodes[0].services.audit.list({ limit: 100 })).entries;
    const pages: AuditEntry[] = [];
    let cursor: string | null = null;
    do {
      const page: { entries: AuditEntry[]; nextCursor: string | null } = await nodes[0].services.audit.list({
        limit: 7,
        cursor,
      });
      pages.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual(all);
    expect(all.length).toBeGreaterThan(14);
    const boss = (await users().list()).find(({ email }) => email === "boss@example.com");
    const { entries } = await nodes[0].services.audit.list({
      limit: 100,
      action: "people.disable",
      actorId: boss?.id,
    });
    expect(entries).toEqual(all.filter(({ action, actor: { id } }) => action === "people.disable" && id === boss?.id));
    expect(entries).toHaveLength(1);
  });

  test("cannot be changed by any SQL client", async () => {
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    try {
      const refused = { message: expect.stringContaining("append-only"), code: "42501" };
      await expect(sql`update weir.audit_entries set actor_label = 'nobody'`).rejects.toMatchObject(refused);
      await expect(sql`delete from weir.audit_entries`).rejects.toMatchObject(refused);
      await expect(sql`truncate weir.audit_entries`).rejects.toMatchObject(refused);
    } finally {
      await sql.end();
    }
  });

  test("has no entry of a transaction that rolled back", async () => {
    const before = await latestEntries(1);
    const { db } = nodes[0].database;
    const undone = db.transaction(async (tx) => {
      await nodes[0].services.audit.record(tx, { action: "people.disable", actor, subject: "person:1" });
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await latestEntries(1)).toEqual(before);
  });
});
