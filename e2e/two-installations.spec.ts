import type { Page } from "@playwright/test";
import { openE2eServer } from "@/dev/e2e-server";
import { e2eAccounts, signedOut } from "./fixtures/accounts";
import { fillIn } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";

test.use(signedOut);

const { email, password } = e2eAccounts.admin;

async function signInAt(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/sign-in`);
  await fillIn(page, email, password);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
}

async function expectSignedIn(page: Page, origin: string): Promise<void> {
  const response = await page.goto(`${origin}/admin/account`);
  expect(response?.status()).toBe(200);
  await expect(page.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();
}

test("two installations on one host, which share their cookies, leave each other signed in", async ({
  page,
  baseURL,
}) => {
  test.setTimeout(180_000);
  const first = baseURL ?? "";
  const second = await openE2eServer(["SEED=off"]);
  try {
    // Cookies ignore ports: the browser sends those of both to both.
    expect(new URL(second.origin).hostname).toBe(new URL(first).hostname);
    await signInAt(page, first);
    await signInAt(page, second.origin);
    for (const origin of [first, second.origin, first]) await expectSignedIn(page, origin);

    // A session that ends in one does not touch the other.
    await expectSignedIn(page, second.origin);
    await page.getByTestId("sessions").getByRole("button", { name: "Sign out", exact: true }).click();
    await expect(page).toHaveURL(`${second.origin}/sign-in`);
    await expectSignedIn(page, first);
  } finally {
    await second.close();
  }
});
