import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, testPrefix, type TestDatabase } from "@weir/testkit/testing";
import { openRuntime, type PlatformRuntime } from "@/server/runtime";
import { type CommandResult, UsageError } from "../command";
import { adminCommand } from "./admin";

let database: TestDatabase;
let runtime: PlatformRuntime;
beforeAll(async () => {
  database = await createTestDatabase();
  runtime = await openRuntime({
    features: {},
    nodeId: "cli",
    databaseUrl: database.url,
    poolMax: 2,
    redisUrl: inject("redisUrl"),
    queueRedisUrl: inject("queueRedisUrl"),
    keyPrefix: testPrefix(),
    disabled: new Set(),
    passwordCost: { logN: 4, r: 1, p: 1 },
  });
});
afterAll(async () => {
  await runtime.close();
  await database.drop();
});

const admin = (positionals: string[], values: Record<string, string> = {}): Promise<CommandResult> =>
  adminCommand.run({ positionals, values }, async () => runtime);

describe("weir admin", () => {
  test("adds a user with a temporary password, and lists the user", async () => {
    const { text, data } = await admin(["create", "Ada@Example.com"], { role: "operator", name: "Ada" });
    expect(data).toMatchObject({
      user: { email: "ada@example.com", name: "Ada", role: "operator", mustChangePassword: true },
      temporaryPassword: expect.stringMatching(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$/),
    });
    // The shape was compared above.
    expect(text).toContain((data as { temporaryPassword: string }).temporaryPassword);
    await admin(["create", "grace@example.com"]);
    const listed = await admin(["list"]);
    expect(listed.data).toMatchObject({
      users: [
        { email: "ada@example.com", role: "operator" },
        { email: "grace@example.com", role: "admin", name: "grace" },
      ],
    });
    expect(listed.text).toMatch(/^ada@example\.com +operator +0 sessions +never signed in$/m);
  });

  test("re-enables a disabled user on reset", async () => {
    const { users, audit } = runtime.services;
    const { id } = await users.byEmail("ada@example.com");
    await users.disable(id, { id: null, label: "test", sessionId: null, address: null, requestId: null });
    const { data } = await admin(["reset", "ada@example.com"]);
    expect(data).toMatchObject({ user: { isDisabled: false, mustChangePassword: true } });
    const { entries } = await audit.list({ limit: 2 });
    const actor = { id: null, label: "command line" };
    expect(entries).toMatchObject([
      { action: "people.enable", actor, address: null },
      { action: "people.resetPassword", actor, subject: `person:${id}` },
    ]);
  });

  test("rejects invalid arguments, taken emails and unknown users", async () => {
    for (const [positionals, values] of [
      [[], {}],
      [["remove", "ada@example.com"], {}],
      [["create"], {}],
      [["create", "ada"], {}],
      [["create", "a@example.com", "b@example.com"], {}],
      [["create", "a@example.com"], { role: "owner" }],
      [["create", "a@example.com"], { name: " " }],
      [["list", "a@example.com"], {}],
    ] as [string[], Record<string, string>][]) {
      await expect(admin(positionals, values)).rejects.toBeInstanceOf(UsageError);
    }
    await expect(admin(["create", "ada@example.com"])).rejects.toMatchObject({ code: "EMAIL_TAKEN" });
    await expect(admin(["reset", "nobody@example.com"])).rejects.toMatchObject({ code: "PERSON_NOT_FOUND" });
  });
});
