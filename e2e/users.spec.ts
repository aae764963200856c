import { randomBytes } from "node:crypto";
import type { Page } from "@playwright/test";
import type { User } from "@/server/auth/contract";
import { e2eAccounts, newcomer, resident, sessionOf, signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("admin"));

const rowOf = (page: Page, email: string) => page.locator(`[data-email="${email}"]`);
const filter = (page: Page) => page.getByRole("textbox", { name: "Filter users" });

async function open(page: Page, email: string): Promise<void> {
  await page.goto(`/admin/users?q=${encodeURIComponent(email)}`);
  await rowOf(page, email).getByRole("button").click();
  await expect(page.getByRole("dialog")).toBeVisible();
}

/** Confirms an action after checking the stated consequence. */
async function confirm(page: Page, title: RegExp, consequence: RegExp, action: string): Promise<void> {
  const question = page.getByRole("dialog", { name: title });
  await expect(question).toContainText(consequence);
  await question.getByRole("button", { name: action }).click();
}

test("a user is added by keyboard alone, and the temporary password is shown once", async ({ page, baseURL }) => {
  const email = `grace-${randomBytes(3).toString("hex")}@weir.example`;
  await page.goto("/admin/users");
  const add = page.getByRole("button", { name: "Add user" });
  await expect(rowOf(page, e2eAccounts.admin.email)).toContainText("you");
  await add.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Email" })).toBeFocused();
  await page.keyboard.type(email);
  await page.keyboard.press("Tab");
  await page.keyboard.type("Grace Hopper");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "operator" })).toBeChecked();
  await page.keyboard.press("Enter");
  const shown = page.getByTestId("temporary-password");
  await expect(shown).toBeVisible();
  const password = (await shown.textContent()) ?? "";
  const dialog = page.getByRole("dialog", { name: "Added Grace Hopper" });
  // A password that is shown only once survives an accidental key press.
  await page.keyboard.press("Escape");
  await expect(dialog).toBeVisible();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog.getByRole("button", { name: "Copy password" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(password);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(add).toBeFocused();
  await expect(rowOf(page, email).locator('[data-column="role"]')).toHaveText("operator");
  await expect(rowOf(page, email).locator('[data-column="status"]')).toHaveText("temporary password");
  await expect(page.getByText(password)).toHaveCount(0);
  await sessionOf(baseURL ?? "", { email, name: "", password });
});

test("the former address of the page leads to it, with its filter", async ({ page }) => {
  await page.goto(`/admin/people?q=${encodeURIComponent(e2eAccounts.admin.email)}`);
  await expect(page).toHaveURL(/\/admin\/users\?q=/);
  await expect(rowOf(page, e2eAccounts.admin.email)).toBeVisible();
});

test("an email address in use is reported at its field", async ({ page, expectComplaint }) => {
  expectComplaint(/409/);
  await page.goto("/admin/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Email" }).fill(e2eAccounts.viewer.email);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Someone");
  await dialog.getByRole("button", { name: "Add user", exact: true }).click();
  await expect(dialog.getByRole("textbox", { name: "Email" })).toHaveAccessibleDescription(/already in use/);
});

test("a changed role, a reset password and a disabled user take effect at once", async ({
  page,
  baseURL,
  playwright,
}) => {
  const user = await resident(baseURL ?? "", "viewer");
  const signedIn = async () =>
    playwright.request.newContext({ baseURL, storageState: await sessionOf(baseURL ?? "", user) });
  const first = await signedIn();
  await open(page, user.email);
  const sheet = page.getByRole("dialog", { name: user.name, exact: true });
  await expect(sheet.locator("[data-session]")).toHaveCount(1);
  await sheet.getByRole("radio", { name: "operator" }).check();
  await sheet.getByRole("button", { name: "Change role" }).click();
  await confirm(page, /^Make .* operator\?$/, /is currently viewer.*This ends 1 session/, "Make operator");
  await expect(sheet.getByRole("status").first()).toContainText("is now operator");
  await expect.poll(async () => (await first.get("/api/trpc/account.sessions")).status()).toBe(401);
  const second = await signedIn();
  expect(await (await second.get("/api/trpc/account.me")).json()).toMatchObject({
    result: { data: { role: "operator" } },
  });

  await sheet.getByRole("button", { name: "Reset password" }).click();
  await confirm(page, /^Reset the password/, /stops working immediately/, "Reset password");
  const password = (await page.getByTestId("temporary-password").textContent()) ?? "";
  await page.getByRole("button", { name: "Done" }).click();
  await expect.poll(async () => (await second.get("/api/trpc/account.sessions")).status()).toBe(401);
  await sessionOf(baseURL ?? "", { ...user, password });

  await sheet.getByRole("button", { name: "Disable user" }).click();
  await confirm(page, /^Disable /, /can no longer sign in/, "Disable user");
  await expect(sheet.getByRole("button", { name: "Enable user" })).toBeVisible();
  await expect(sessionOf(baseURL ?? "", { ...user, password })).rejects.toThrow("401");
  await sheet.getByRole("button", { name: "Enable user" }).click();
  await confirm(page, /^Enable /, /can sign in again as operator/, "Enable user");
  await expect(sheet.getByRole("button", { name: "Disable user" })).toBeVisible();
  await sessionOf(baseURL ?? "", { ...user, password });
  await sheet.getByRole("button", { name: "Close" }).click();
  await expect(rowOf(page, user.email).getByRole("button")).toBeFocused();
  for (const client of [first, second]) await client.dispose();
});

test("the last administrator cannot be demoted, and the reason is shown", async ({ page, expectComplaint }) => {
  expectComplaint(/409/);
  await open(page, e2eAccounts.admin.email);
  const sheet = page.getByRole("dialog", { name: e2eAccounts.admin.name, exact: true });
  await expect(sheet).toContainText("This is your own account.");
  await expect(sheet.getByRole("button", { name: "Disable user" })).toHaveCount(0);
  await sheet.getByRole("radio", { name: "viewer" }).check();
  await sheet.getByRole("button", { name: "Change role" }).click();
  const question = page.getByRole("dialog", { name: /^Make / });
  await question.getByRole("button", { name: "Make viewer" }).click();
  await expect(question.getByRole("alert")).toContainText("LAST_ADMIN");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toHaveCount(0);
});

test("a thousand users can be filtered, sorted and paged, and every view is a link", async ({ page }) => {
  const users = Array.from({ length: 1_000 }, (_, index): User => ({
    id: `p${index}`,
    email: `user${index}@weir.example`,
    name: `User ${String(index).padStart(4, "0")}`,
    role: index % 100 === 0 ? "admin" : "viewer",
    createdAt: "2026-01-01T00:00:00.000Z",
    lastSignInAt: null,
    isDisabled: index % 250 === 1,
    mustChangePassword: false,
    sessions: 0,
  }));
  await page.route(/users\.list/, (route) => route.fulfill({ json: { result: { data: users } } }));
  await page.goto("/admin/users");
  const rows = page.getByTestId("users").locator("[data-row]");
  await expect(rows).toHaveCount(50);
  await expect(page.getByText("1,000 users")).toBeVisible();
  await page.getByRole("button", { name: "Next" }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.getByText("51–100 of 1,000")).toBeVisible();
  await page.reload();
  await expect(rows.first()).toContainText("User 0050");
  await page.keyboard.press("/");
  await expect(filter(page)).toBeFocused();
  await page.keyboard.type("disabled");
  await expect(rows).toHaveCount(4);
  await expect(page).toHaveURL(/q=disabled/);
  await expect(page).not.toHaveURL(/page=/);
  await page.keyboard.press("Escape");
  await expect(rows).toHaveCount(50);
  await page.getByRole("columnheader", { name: "Role" }).getByRole("button").click();
  await expect(rows.first()).toContainText("admin");
  await expect(page).toHaveURL(/by=role/);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await expect(rows.first().getByRole("button")).toBeFocused();
  await filter(page).fill("no such user");
  await expect(page.getByText("No users match")).toBeVisible();
  await page.getByRole("button", { name: "Show all users" }).click();
  await expect(rows).toHaveCount(50);
});

test("a list that cannot be loaded says so and can be retried", async ({ page, expectComplaint }) => {
  expectComplaint(/503/);
  await page.route(/users\.list/, (route) => {
    const data = { code: "SERVICE_UNAVAILABLE", httpStatus: 503, weirCode: "DATABASE_UNAVAILABLE", problems: [] };
    return route.fulfill({
      status: 503,
      json: { error: { code: -32_000, message: "The database is unavailable.", data } },
    });
  });
  await page.goto("/admin/users");
  const notice = page.getByRole("alert").filter({ hasText: "Could not load the users" });
  await expect(notice).toContainText("DATABASE_UNAVAILABLE");
  await page.unroute(/users\.list/);
  await notice.getByRole("button", { name: "Try again" }).click();
  await expect(rowOf(page, e2eAccounts.admin.email)).toBeVisible();
  await expect(notice).toHaveCount(0);
});

test("the sessions of a user are ended, and the user can sign in again", async ({ page, baseURL }) => {
  const guest = await newcomer(baseURL ?? "", "viewer");
  await sessionOf(baseURL ?? "", guest);
  await open(page, guest.email);
  const sheet = page.getByRole("dialog", { name: guest.name, exact: true });
  await sheet.getByRole("button", { name: "End all sessions" }).click();
  await confirm(page, /^End all sessions/, /This ends 1 session/, "End all sessions");
  await expect(sheet.getByText("No active sessions.")).toBeVisible();
  await expect(sheet.getByRole("status").first()).toContainText("signed out everywhere");
  await sessionOf(baseURL ?? "", guest);
});
