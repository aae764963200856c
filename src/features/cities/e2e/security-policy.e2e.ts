import { signedInAs } from "../../../../e2e/fixtures/accounts";
import { collectViolations } from "../../../../e2e/fixtures/policy-violations";
import { expect, test } from "../../../../e2e/fixtures/test";
import { foundCities, searchField } from "./explorer";

test.use(signedInAs("admin"));

for (const colorScheme of ["light", "dark"] as const) {
  test(`the explorer asks for no more than its policy allows, in ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const violations = await collectViolations(page);
    await page.goto("/");
    await searchField(page).fill("kyot");
    await foundCities(page).first().click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.locator("svg, canvas").first()).toBeVisible();
    await page.getByRole("button", { name: /theme/i }).first().click();
    await page.keyboard.press("Escape");
    expect(await violations()).toEqual([]);
  });
}
