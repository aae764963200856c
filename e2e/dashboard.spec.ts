import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("viewer"));

test("it refreshes while live, not while paused, and the range and the pause are in the URL", async ({ page }) => {
  const asks: number[] = [];
  page.on("request", (request) => {
    if (request.url().includes("insights.overview")) asks.push(asks.length);
  });
  // Live responses are streamed; those of a chosen interval are polled.
  await page.goto("/admin?range=15m&refresh=5s");
  await expect(page.locator('[data-state="live"]')).toBeVisible();
  await expect.poll(() => asks.length, { timeout: 30_000 }).toBeGreaterThan(2);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator('[data-state="paused"]')).toBeVisible();
  await expect(page).toHaveURL(/refresh=off/);
  const asked = asks.length;
  // The age advances by the page's own clock: at three seconds, three refreshes would have been due.
  await expect(page.locator('[data-state="paused"]')).toContainText(/[3-9] s old/);
  expect(asks.length).toBe(asked);
  await page.getByRole("button", { name: "1h" }).click();
  await expect(page).toHaveURL(/range=1h/);
  await expect.poll(() => asks.length).toBe(asked + 1);
});

test("the chart can be shown as a table and navigated by keyboard", async ({ page }) => {
  await page.goto("/admin");
  const chart = page.locator("#outcomes").getByRole("group", { name: /^Chart\./ });
  await expect(chart.locator("canvas")).toBeVisible();
  await chart.focus();
  await page.keyboard.press("End");
  await expect(page.locator("#outcomes")).toContainText("incomplete ·");
  await page.keyboard.press("Escape");
  await expect(page.locator("#outcomes")).toContainText("Whole range");
  await page.locator("#outcomes").getByRole("button", { name: "View as table" }).click();
  await expect(page.getByRole("region", { name: "Cache reads as a table" }).getByRole("row")).toHaveCount(61);
});
