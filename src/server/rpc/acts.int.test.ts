import type { AnyTRPCRouter } from "@trpc/server";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNotesDatabase, noteIds, notesFeatures } from "@/dev/notes/test-notes";
import { startTestAppWith, type TestApp } from "@/dev/test-app";
import { actorOf } from "@/dev/test-sessions";
import type { User } from "@/server/auth/contract";
import type { Session } from "@/server/auth/session";
import { loadFeatures } from "@/server/features";
import { migrateAll, withCopies } from "@/server/migrations";
import type { Context } from "./context";
import type { FeatureServers } from "./feature-server";
import { t } from "./init";

const program = { id: null, label: "test", sessionId: null, address: null, requestId: null };
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

/** An input of each mutation that would do something. A new mutation of the platform must be listed here. */
const inputsFor = ({ id, otherId, sessionId }: { id: string; otherId: string; sessionId: string }) =>
  ({
    "account.revokeSession": { id: sessionId },
    "account.revokeOtherSessions": undefined,
    "account.changePassword": { currentPassword: "the temporary one", newPassword: "seven lamps over stone" },
    "account.changeName": { name: "Other" },
    "cache.invalidate": { all: true },
    "cache.deletePrefix": { prefix: "note.byId:" },
    "users.create": { email: "someone@example.com", name: "Someone", role: "viewer" },
    "users.setRole": { id: otherId, role: "operator" },
    "users.resetPassword": { id: otherId },
    "users.disable": { id: otherId },
    "users.enable": { id },
    "users.revokeSessions": { id: otherId },
    "plans.analyze": { statement: "people.list" },
    "traces.pin": { id: traceId },
    "traces.unpin": { id: traceId },
    "note.update": { id: noteIds.roses, version: 1, title: "Changed" },
  }) satisfies Record<string, unknown>;

type Described = { _def: { type: string; meta?: { role?: string } } };

/** The mutations of a router that require a role. */
function mutationsOf({ _def }: AnyTRPCRouter): string[] {
  // Typed as nested records; at run time it is flat, by dotted path.
  return Object.entries(_def.procedures as unknown as Record<string, Described>)
    .filter(([, one]) => one._def.type === "mutation" && one._def.meta?.role !== undefined)
    .map(([path]) => path);
}

let app: TestApp<FeatureServers>;
let boss: User;
let other: User;
let session: Session;
beforeAll(async () => {
  const features: FeatureServers = { ...(await loadFeatures()), ...notesFeatures };
  const openDatabase = async () => {
    const database = await createNotesDatabase();
    await migrateAll(database.url, withCopies(features));
    return database;
  };
  app = await startTestAppWith({ features, openDatabase });
  const { users } = app.runtime.services;
  for (const name of ["boss", "other", "third"]) {
    const { user } = await users.create({ email: `${name}@example.com`, name, role: "admin" }, program);
    if (name === "boss") boss = user;
    else other = user;
  }
  const actor = await actorOf(app.runtime, boss);
  const { hash } = app.runtime.hasher;
  const { db } = app.runtime.database;
  await db.execute(
    sql`update weir.accounts set password = ${await hash("the temporary one")} where user_id = ${boss.id}`,
  );
  await db.execute(sql`
    insert into weir.pinned_traces (id, pinned_by, procedure, started_at, duration_ms, ok, trace)
    values (${traceId}, 'test', 'note.byId', now(), 1, true, '{"id": "a", "procedure": "note.byId", "at": "2026-01-01"}')`);
  const [row] = await db.execute<{ id: string }>(sql`select id from weir.sessions where user_id = ${boss.id}`);
  const { email, name, role } = boss;
  session = {
    id: row?.id ?? actor.sessionId ?? "",
    userId: boss.id,
    email,
    name,
    role,
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    mustChangePassword: false,
  };
  // The statements that plans are made of have run.
  await users.list();
}, 60_000);
afterAll(() => app[Symbol.asyncDispose]());

const countEvents = async (): Promise<number> => {
  const { db } = app.runtime.database;
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from weir.audit_entries where actor_id is not null`,
  );
  return Number(row?.count);
};

/** Calls a mutation as a request does whose session was verified when it arrived. */
async function callAs(verified: Session, path: string, input: unknown): Promise<string> {
  const context: Context = {
    services: app.runtime.services,
    client: { kind: "http", address: "203.0.113.7" },
    session: async () => verified,
    sessionNow: async () => verified,
    isSameOrigin: () => true,
    hideTimings: () => undefined,
    setSessionToken: () => undefined,
  };
  let procedure: unknown = t.createCallerFactory(app.runtime.router)(context);
  for (const part of path.split(".")) procedure = Reflect.get(Object(procedure), part);
  if (typeof procedure !== "function") throw new TypeError(`${path} is no procedure.`);
  try {
    await Reflect.apply(procedure, undefined, [input]);
    return "done";
  } catch (error) {
    return String(Reflect.get(Object(Reflect.get(Object(error), "cause")), "code"));
  }
}

describe("a mutation whose user was disabled after the session was verified", () => {
  test("does nothing and leaves no audit event, whichever procedure it is", async () => {
    const { users } = app.runtime.services;
    await users.disable(boss.id, program);
    const before = await countEvents();
    const inputs: Readonly<Record<string, unknown>> = inputsFor({
      id: boss.id,
      otherId: other.id,
      sessionId: session.id,
    });
    const found: string[] = [];
    for (const path of mutationsOf(app.runtime.router)) {
      const isOfFeature = !Object.hasOwn(inputs, path) && !/^(?:account|cache|plans|traces|users)\./.test(path);
      const outcome = await callAs(session, path, inputs[path]);
      // Without an input listed here the mutation of a feature is refused for its input.
      if (!isOfFeature && outcome !== "SIGNED_OUT") found.push(`${path}: ${outcome}`);
      if (isOfFeature && outcome === "done") found.push(`${path}: ${outcome}`);
    }
    expect(found).toEqual([]);
    expect(await countEvents()).toBe(before);
    expect(Object.keys(inputs).filter((path) => !mutationsOf(app.runtime.router).includes(path))).toEqual([]);
  });
});
