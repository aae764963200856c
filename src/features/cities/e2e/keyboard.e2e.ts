import { signedInAs } from "../../../../e2e/fixtures/accounts";
import { foundCities, searchField } from "./explorer";
import { tabTo } from "../../../../e2e/fixtures/tab-to";
import { expect, test } from "../../../../e2e/fixtures/test";

test.use(signedInAs("viewer"));

test("everything works without a pointer", async ({ page }) => {
  // Many steps: on a busy machine they exceed the default timeout.
  test.slow();
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("/");
  await expect(searchField(page)).toBeFocused();
  await page.keyboard.type("wellington");
  const options = foundCities(page);
  await expect(options.first()).toContainText("New Zealand");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await expect(options.nth(1)).toHaveAttribute("aria-selected", "true");
  await expect(searchField(page)).toHaveAttribute(
    "aria-activedescendant",
    (await options.nth(1).getAttribute("id")) ?? "",
  );
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Wellington" })).toBeVisible();
  await expect(options).toHaveCount(0);

  const neighbour = page.getByRole("region", { name: "Nearest cities" }).getByRole("link").first();
  await expect(neighbour).toBeVisible();
  const name = (await neighbour.locator("span").first().textContent()) ?? "";
  await tabTo(page, neighbour, 15);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();

  await page.reload();
  await tabTo(page, page.getByRole("link", { name: "Dashboard" }), 6);
  await page.keyboard.press("Enter");
  await expect(page.locator('[data-state="live"]')).toBeVisible();
  const row = page.locator("#groups [data-row-button]").first();
  await expect(row).toBeVisible();
  await page.keyboard.press("j");
  await expect(row).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(row).toBeFocused();
  await page.keyboard.press(".");
  await expect(page.locator('[data-state="paused"]')).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/\/$/);
});

test("Escape first closes the list, then clears the field", async ({ page }) => {
  await page.goto("/");
  await searchField(page).fill("oslo");
  await expect(foundCities(page).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(foundCities(page)).toHaveCount(0);
  await expect(searchField(page)).toHaveValue("oslo");
  await page.keyboard.press("Escape");
  await expect(searchField(page)).toHaveValue("");
});
