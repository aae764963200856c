import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";
import { accessibilityViolations } from "./fixtures/violations";

test.describe("for an operator", () => {
  test.use(signedInAs("operator"));

  test("a group is scanned, and its keys are deleted after a preview and a confirmation", async ({ page }) => {
    await page.goto("/admin/keys");
    await expect(page.locator('[data-table="hot"] [data-row]').first()).toBeVisible();
    expect(await accessibilityViolations(page)).toEqual([]);

    const tree = page.getByRole("navigation", { name: "Key space" });
    await tree.getByRole("button", { name: /^auth\.session/ }).click();
    await expect(page).toHaveURL(/prefix=auth\.session/);
    await expect(page.getByTestId("coverage")).toContainText(/All \d+ keys? in Redis/);
    expect(await accessibilityViolations(page)).toEqual([]);

    await tree.getByRole("button", { name: "Delete auth.session:…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByTestId("preview")).toContainText(/Affects \d+ entr|No stored entries/);
    // Without the confirmation nothing happens.
    await page.keyboard.type("auth.session");
    await page.keyboard.press("Enter");
    await expect(dialog.locator("[data-result]")).toHaveCount(0);
    await page.keyboard.type(":");
    await page.keyboard.press("Enter");
    await expect(dialog.locator('[data-result="done"]')).toContainText(/Deleted \d+ entr/);
    await dialog.getByRole("link", { name: "See the effect on the cache" }).click();
    await expect(page.getByTestId("markers")).toContainText("keys auth.session:…");
  });
});

test.describe("for a viewer", () => {
  test.use(signedInAs("viewer"));

  test("deleting is visible and explains itself", async ({ page }) => {
    await page.goto("/admin/keys?prefix=auth.session:&delete=auth.session:");
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("Only operators and admins can delete.");
    await expect(dialog.getByRole("button", { name: "Delete", exact: true })).toHaveAttribute("aria-disabled", "true");
  });
});
