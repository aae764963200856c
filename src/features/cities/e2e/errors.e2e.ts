import { signedInAs } from "../../../../e2e/fixtures/accounts";
import { foundCities, searchField } from "./explorer";
import { expect, test } from "../../../../e2e/fixtures/test";

test.use(signedInAs("viewer"));

test("a lost network is reported at once, and retrying once it is back succeeds", async ({
  page,
  context,
  expectComplaint,
}) => {
  expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  await page.goto("/");
  await expect(page.locator("main").getByRole("link", { name: /Reykjavík/ })).toBeVisible();
  await context.setOffline(true);
  await searchField(page).fill("vienna");
  const notice = page.locator('[data-problem="offline"]');
  await expect(notice).toContainText("The server is unreachable");
  await context.setOffline(false);
  await notice.getByRole("button", { name: "Try again" }).click();
  await expect(foundCities(page).first()).toContainText("Vienna");
  await expect(notice).toHaveCount(0);
});
