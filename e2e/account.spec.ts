import type { Page } from "@playwright/test";
import { type E2eAccount, resident, sessionOf } from "./fixtures/accounts";
import { fillIn } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";

const sessionRows = (page: Page) => page.getByTestId("sessions").locator("[data-session]");
const ownRow = (page: Page) => sessionRows(page).filter({ hasText: "this session" });

/** Signs a fresh user in to this browser, so that changes to the account affect no other test. */
async function enter(page: Page, baseURL: string | undefined): Promise<E2eAccount> {
  const account = await resident(baseURL ?? "", "viewer");
  const { cookies } = await sessionOf(baseURL ?? "", account);
  await page.context().addCookies(cookies);
  return account;
}

test("every session is listed with its device and address, and a revoked one is signed out within two seconds", async ({
  page,
  baseURL,
  browser,
  expectComplaint,
}) => {
  expectComplaint(/401/);
  const account = await enter(page, baseURL);
  const elsewhere = await browser.newContext({ storageState: await sessionOf(baseURL ?? "", account) });
  const there = await elsewhere.newPage();
  await there.goto("/admin/account");
  await expect(sessionRows(there)).toHaveCount(2);

  await page.goto("/admin/account");
  await expect(sessionRows(page)).toHaveCount(2);
  await expect(ownRow(page)).toHaveCount(1);
  await expect(ownRow(page)).toContainText("127.0.0.1");
  const other = sessionRows(page).filter({ hasNotText: "this session" });
  await other.getByRole("button", { name: /^Sign out/ }).click();
  await expect(page.getByText("was signed out.")).toBeVisible();
  await expect(there.getByRole("dialog", { name: "You are signed out" })).toBeVisible({ timeout: 2_500 });
  const next = await elsewhere.request.get("/api/trpc/account.sessions");
  expect(next.status()).toBe(401);
  await expect(sessionRows(page)).toHaveCount(1);
  await expect(page.getByText("No other active sessions.")).toBeVisible();

  await there.getByRole("link", { name: "Sign in again" }).click();
  await fillIn(there, account.email, account.password);
  await expect(there).toHaveURL("/admin/account");
  await elsewhere.close();
});

test("all other sessions are signed out at once, after a confirmation", async ({ page, baseURL }) => {
  const account = await enter(page, baseURL);
  await sessionOf(baseURL ?? "", account);
  await sessionOf(baseURL ?? "", account);
  await page.goto("/admin/account");
  await expect(sessionRows(page)).toHaveCount(3);
  await page.getByRole("button", { name: "Sign out all others" }).click();
  const question = page.getByRole("dialog", { name: "Sign out 2 other sessions?" });
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await question.getByRole("button", { name: "Sign out all others" }).click();
  await expect(question).toHaveCount(0);
  await expect(sessionRows(page)).toHaveCount(1);
  await expect(ownRow(page)).toHaveCount(1);
});

test("changing the password requires the current one and signs out the other sessions", async ({
  page,
  baseURL,
  playwright,
  expectComplaint,
}) => {
  expectComplaint(/40[03]/);
  const account = await enter(page, baseURL);
  const elsewhere = await playwright.request.newContext({
    baseURL,
    storageState: await sessionOf(baseURL ?? "", account),
  });
  await page.goto("/admin/account");
  await expect(sessionRows(page)).toHaveCount(2);
  const current = page.getByLabel("Current password", { exact: true });
  const chosen = page.getByLabel("New password", { exact: true });
  const submit = page.getByRole("button", { name: "Change password" });
  await current.fill("not the password");
  await chosen.fill("copper lamps in winter");
  await submit.click();
  await expect(page.locator("[data-problem]")).toContainText("The current password is wrong.");
  await current.fill(account.password);
  await chosen.fill("Passw0rd1234");
  await submit.click();
  await expect(chosen).toHaveAccessibleDescription(/commonly used password. Add more words/);
  await expect(chosen).toHaveAttribute("aria-invalid", "true");
  await chosen.fill("copper lamps in winter");
  await submit.click();
  await expect(page.getByText("Password changed.")).toBeVisible();
  await expect(current).toHaveValue("");
  await expect(sessionRows(page)).toHaveCount(1);
  expect((await elsewhere.get("/api/trpc/account.sessions")).status()).toBe(401);
  await sessionOf(baseURL ?? "", { ...account, password: "copper lamps in winter" });
  await elsewhere.dispose();
});

test("a changed name appears in the frame", async ({ page, baseURL }) => {
  await enter(page, baseURL);
  await page.goto("/admin/account");
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("Hedy Lamarr");
  await name.press("Enter");
  await expect(page.getByText("Name changed.")).toBeVisible();
  await expect(page.getByRole("button", { name: /Signed in as Hedy Lamarr/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("Hedy Lamarr");
});

test("signing out ends the session on the server, not just in the browser", async ({ page, baseURL, playwright }) => {
  await enter(page, baseURL);
  const storageState = await page.context().storageState();
  const kept = await playwright.request.newContext({ baseURL, storageState });
  expect((await kept.get("/api/trpc/account.sessions")).status()).toBe(200);
  await page.goto("/admin/account");
  await ownRow(page).getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  expect((await kept.get("/api/trpc/account.sessions")).status()).toBe(401);
  expect((await page.request.get("/admin")).status()).toBe(401);
  await kept.dispose();
});

test("the page arrives with its data, and needs no script to show it", async ({ browser, baseURL }) => {
  const account = await resident(baseURL ?? "", "viewer");
  const storageState = await sessionOf(baseURL ?? "", account);
  const context = await browser.newContext({ baseURL: baseURL ?? "", javaScriptEnabled: false, storageState });
  const page = await context.newPage();
  await page.goto("/admin/account");
  await expect(page.getByRole("definition").filter({ hasText: account.email })).toBeVisible();
  await expect(ownRow(page)).toHaveCount(1);
  await context.close();
});
