import type { Page } from "@playwright/test";
import { e2eAccounts, newcomer, resident, sessionOf, signedOut } from "./fixtures/accounts";
import { type HoldingProxy, openHoldingProxy } from "./fixtures/holding-proxy";
import { fillIn } from "./fixtures/sign-in";
import { expect, test as base } from "./fixtures/test";

const test = base.extend<{ between: HoldingProxy }>({
  between: async ({ baseURL }, use) => {
    const proxy = await openHoldingProxy(baseURL ?? "");
    await use(proxy);
    await proxy.close();
  },
});
test.use(signedOut);

const changePath = "/api/trpc/account.changePassword";
const endedDialog = (page: Page) => page.getByRole("dialog", { name: "You are signed out" });

/** Lets every poll of the page come due, and returns what was asked because of it. */
async function askedMeanwhile(page: Page, between: HoldingProxy): Promise<string[]> {
  between.takeLog();
  await page.clock.runFor(6_000);
  // Whatever the page sent before has passed the proxy when this has.
  await page.evaluate(() => fetch("/healthz"));
  return between.takeLog().filter((path) => path !== "/healthz");
}

async function changePassword(page: Page, label: string, current: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(current);
  await page.getByLabel("New password", { exact: true }).fill("green ladder over stone");
  await page.getByLabel("New password", { exact: true }).press("Enter");
}

test("a page sends no call while a password change replaces its session", async ({
  page,
  between,
  baseURL,
  expectComplaint,
}) => {
  // What a temporary password does not allow yet.
  expectComplaint(/403/);
  const { email, password } = await newcomer(baseURL ?? "", "viewer");
  await page.clock.install();
  await page.goto(`${between.origin}/sign-in`);
  await fillIn(page, email, password);
  await expect(page.getByRole("heading", { name: "Choose your own password" })).toBeVisible();
  const change = between.hold(changePath);
  await changePassword(page, "Temporary password", password);
  await change.answered;
  expect(await askedMeanwhile(page, between)).toEqual([]);
  await expect(page.getByRole("heading", { name: "Choose your own password" })).toBeVisible();
  change.release();
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await expect(endedDialog(page)).toHaveCount(0);
});

test("another tab waits for the replacement too, and its live metrics continue", async ({ page, between, baseURL }) => {
  const account = await resident(baseURL ?? "", "viewer");
  await page.context().addCookies((await sessionOf(baseURL ?? "", account)).cookies);
  const other = await page.context().newPage();
  const complaints: string[] = [];
  other.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await other.clock.install();
  await page.goto(`${between.origin}/admin/account`);
  await expect(page.getByLabel("Current password", { exact: true })).toBeVisible();
  const live = other.waitForRequest(/insights\.live/);
  await other.goto(`${between.origin}/admin`);
  await live;
  await expect(other.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();

  const change = between.hold(changePath);
  await changePassword(page, "Current password", account.password);
  await change.answered;
  const again = other.waitForRequest(/insights\.live/);
  expect(await askedMeanwhile(other, between)).toEqual([]);
  change.release();
  await expect(page.getByText("Password changed.")).toBeVisible();
  // The server ends the stream of the old cookie.
  await again;
  await other.clock.runFor(6_000);
  await expect(endedDialog(other)).toHaveCount(0);
  expect(complaints).toEqual([]);
  await other.close();
});

test("a page sends no call once it signs out", async ({ page, between, baseURL }) => {
  const account = await resident(baseURL ?? "", "viewer");
  await page.context().addCookies((await sessionOf(baseURL ?? "", account)).cookies);
  await page.clock.install();
  await page.goto(`${between.origin}/admin/account`);
  const signOut = between.hold("/api/auth/sign-out");
  await page.getByTestId("sessions").getByRole("button", { name: "Sign out" }).click();
  await signOut.answered;
  expect(await askedMeanwhile(page, between)).toEqual([]);
  signOut.release();
  await expect(page).toHaveURL(/\/sign-in$/);
});

test("a page that is loaded while its session is replaced goes on when that is done", async ({
  page,
  between,
  baseURL,
}) => {
  const account = await resident(baseURL ?? "", "viewer");
  await page.context().addCookies((await sessionOf(baseURL ?? "", account)).cookies);
  await page.goto(`${between.origin}/admin/account`);
  const change = between.hold(changePath);
  await changePassword(page, "Current password", account.password);
  await change.answered;
  // The old session has ended, and the browser does not have the new one yet.
  const other = await page.context().newPage();
  const response = await other.goto(`${between.origin}/admin`);
  expect(response?.status()).toBe(401);
  await expect(other.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  change.release();
  await expect(page.getByText("Password changed.")).toBeVisible();
  await expect(other.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await other.close();
});

test("a sign-in page that replaces another goes on when another tab has signed in", async ({
  page,
  expectComplaint,
}) => {
  expectComplaint(/401/);
  const { email, password } = e2eAccounts.viewer;
  await page.goto("/admin/account");
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  const other = await page.context().newPage();
  await other.goto("/sign-in");
  await fillIn(other, email, password);
  await expect(other.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.bringToFront();
  // Headless tabs are always visible; a user comes back to this one.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(page.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();
  await other.close();
});
