import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type APIRequestContext, request } from "@playwright/test";
import type { UserCreated, Role } from "@/server/auth/contract";

export type E2eAccount = { email: string; name: string; password: string };

/** One user per role, created before the end-to-end tests start. */
export const e2eAccounts: Readonly<Record<Role, E2eAccount>> = {
  viewer: { email: "vera@weir.example", name: "Vera Rubin", password: "quiet harbour seven lamps" },
  operator: { email: "olga@weir.example", name: "Olga Ladyzhenskaya", password: "green ladder over stone" },
  admin: { email: "ada@weir.example", name: "Ada Lovelace", password: "copper kettle in snowfall" },
};

/** Where the browser state of a signed-in user is kept, for Playwright's `storageState`. */
export const stateFileOf = (role: Role): string => join("node_modules/.cache/weir-e2e", `${role}.json`);

/** A client that behaves like a page: it keeps cookies and sends its origin. */
export function openClient(origin: string): Promise<APIRequestContext> {
  // Within a test it would inherit the test's session, and signing in would end it.
  const storageState = { cookies: [], origins: [] };
  return request.newContext({ baseURL: origin, extraHTTPHeaders: { origin }, storageState });
}

async function post(client: APIRequestContext, path: string, data: object): Promise<unknown> {
  const response = await client.post(path, { data });
  if (!response.ok()) throw new Error(`${path} answered ${response.status()}: ${await response.text()}`);
  return response.json();
}

/** Signs in through the endpoint that the page uses. Throws the response on failure. */
export async function signIn(client: APIRequestContext, email: string, password: string): Promise<void> {
  await post(client, "/api/auth/sign-in/email", { email, password });
}

/** Adds a user as an administrator. Returns the temporary password. */
export async function createUser(
  admin: APIRequestContext,
  user: { email: string; name: string; role: Role },
): Promise<string> {
  const answer = await post(admin, "/api/trpc/users.create", user);
  // The procedure's output as JSON.
  const { result } = answer as { result: { data: UserCreated } };
  return result.data.temporaryPassword;
}

/** Signs in with a temporary password and replaces it. */
export async function settleIn(
  client: APIRequestContext,
  account: { email: string; password: string },
  temporary: string,
): Promise<void> {
  await signIn(client, account.email, temporary);
  const passwords = { currentPassword: temporary, newPassword: account.password };
  await post(client, "/api/trpc/account.changePassword", passwords);
}

/** Signs in one user for each role, starting with the server's first administrator. */
export async function prepareAccounts(origin: string): Promise<void> {
  mkdirSync("node_modules/.cache/weir-e2e", { recursive: true });
  const admin = await openClient(origin);
  await signIn(admin, e2eAccounts.admin.email, e2eAccounts.admin.password);
  // The first administrator has a default name.
  await post(admin, "/api/trpc/account.changeName", { name: e2eAccounts.admin.name });
  await admin.storageState({ path: stateFileOf("admin") });
  for (const role of ["viewer", "operator"] as const) {
    const account = e2eAccounts[role];
    const client = await openClient(origin);
    const { email, name } = account;
    await settleIn(client, account, await createUser(admin, { email, name, role }));
    await client.storageState({ path: stateFileOf(role) });
    await client.dispose();
  }
  await admin.dispose();
}
