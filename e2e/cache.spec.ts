import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";
import { accessibilityViolations, surplusWidth } from "./fixtures/violations";

test.use(signedInAs("viewer"));

// The dashboard's own calls read the sessions from the cache: traffic without any feature.
const path = "/admin/cache?admin=true";

test("a viewer goes from the hit rate to a group and its keys by keyboard, and may not invalidate", async ({
  page,
}) => {
  await page.goto(path);
  await expect(page.locator('[data-figure="hitRate"]')).toContainText(/\d\s%/);
  await expect(page.locator('[data-figure="hitRate"]')).toContainText(
    "(hit + stale + negative) ÷ all reads except bypass",
  );
  await expect(page.locator('[data-row="auth.session"]')).toContainText("%");
  expect(await accessibilityViolations(page)).toEqual([]);

  await page.keyboard.press("j");
  await expect(page.locator('[data-table="groups"] [data-row-button]').first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/open=group/);
  await page.goto(`${path}&open=group:auth.session`);
  const sheet = page.getByRole("dialog", { name: "auth.session" });
  await expect(sheet.getByRole("heading", { name: "Hottest keys" })).toBeVisible();
  await expect(sheet).toContainText("hidden: the group is sensitive");
  await expect(sheet.getByRole("button", { name: "Invalidate auth.session…" })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
  expect(await accessibilityViolations(page)).toEqual([]);
  await sheet.getByRole("link", { name: "Browse its keys" }).click();
  await expect(page).toHaveURL(/\/admin\/keys\?.*prefix=auth\.session/);
  await expect(page).toHaveURL(/admin=true/);
});

test("the tags are a tab, whose sheet lists the families' members; both fit a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(path);
  await page.getByRole("button", { name: "Tags", exact: true }).click();
  await expect(page).toHaveURL(/tab=tags/);
  await page.locator('[data-row="person:*"]').getByRole("button", { name: "person:*" }).click();
  await expect(page.getByRole("dialog", { name: "person:*" })).toContainText("Busiest tags");
  expect(await surplusWidth(page)).toBe(0);
});
