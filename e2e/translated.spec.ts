import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";
import { translate } from "./fixtures/translate";

test.use(signedInAs("admin"));

test("a translated dashboard opens, filters, pauses and changes pages without an error", async ({ page }) => {
  test.slow();
  await page.goto("/");
  await page.goto("/admin");
  await expect(page.locator("#groups [data-row-button]").first()).toBeVisible();
  await translate(page);
  await page.locator("#groups [data-row-button]").first().click();
  await expect(page.getByRole("dialog")).toContainText("Hit rate");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press(".");
  await expect(page.locator('[data-state="paused"]')).toContainText("paused");
  await page.keyboard.press(".");
  await expect(page.locator('[data-state="live"]')).toContainText("live");
  for (const range of ["15m", "1h"]) {
    await page.goto(`/admin?range=${range}`);
    await expect(page.locator('[data-tile="reads"]')).toBeVisible();
    await translate(page);
  }
  for (const [key, title] of [
    ["u", "Users"],
    ["l", "Audit log"],
    ["o", "Overview"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  }
});
