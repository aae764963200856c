import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("viewer"));

test("the dashboard keeps its metrics when the server is lost, shows their age, and recovers", async ({
  page,
  context,
  expectComplaint,
}) => {
  expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  // Polled, not streamed: Chromium keeps an open stream connected while emulating offline.
  await page.goto("/admin?range=15m");
  await expect(page.locator('[data-tile="reads"]')).toBeVisible();
  await context.setOffline(true);
  // Each part of the page says so in its own place.
  await expect(page.locator('[data-problem="offline"]').first()).toBeVisible();
  await expect(page.locator('[data-tile="reads"]')).toBeVisible();
  await expect(page.locator('[data-state="stale"]')).toBeVisible({ timeout: 30_000 });
  await context.setOffline(false);
  await expect(page.locator('[data-state="live"]')).toBeVisible();
  await expect(page.locator('[data-problem="offline"]')).toHaveCount(0);
});

test("a forbidden request is reported and not retried", async ({ page, expectComplaint }) => {
  expectComplaint(/403/);
  let asks = 0;
  await page.route(/insights\.overview/, async (route) => {
    asks += 1;
    const data = { code: "FORBIDDEN", httpStatus: 403, weirCode: "ROLE_TOO_LOW", problems: [] };
    const message = "Your role does not allow this.";
    await route.fulfill({ status: 403, json: { error: { code: -32_003, message, data } } });
  });
  await page.clock.install();
  // A live page gets its metrics by stream, which has a test of its own.
  await page.goto("/admin?range=1h&refresh=5s");
  await expect(page.locator('[data-problem="forbidden"]').first()).toContainText("ROLE_TOO_LOW");
  await page.clock.runFor(30_000);
  expect(asks).toBe(1);
});

test("an unknown address says so and links to pages", async ({ page, expectComplaint }) => {
  expectComplaint(/404/);
  const response = await page.goto("/no-such-page");
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await page.locator("main").getByRole("link", { name: "home page" }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});
