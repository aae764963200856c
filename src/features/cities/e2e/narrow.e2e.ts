import { signedInAs } from "../../../../e2e/fixtures/accounts";
import { foundCities, searchField } from "./explorer";
import { expect, test } from "../../../../e2e/fixtures/test";

test.use(signedInAs("viewer"));

test.use({ viewport: { width: 390, height: 844 } });

test("no page is wider than a phone", async ({ page }) => {
  const surplus = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.goto("/");
  await expect(page.locator("main").getByRole("link", { name: /Reykjavík/ })).toBeVisible();
  expect(await surplus(), "the empty explorer").toBe(0);
  await searchField(page).fill("san jo");
  await expect(foundCities(page).first()).toBeVisible();
  expect(await surplus(), "the open search").toBe(0);
  await page.goto("/?city=1850147");
  await expect(page.getByRole("region", { name: "Nearest cities" }).getByRole("link")).toHaveCount(12);
  expect(await surplus(), "a city").toBe(0);
  await page.goto("/admin?range=1h");
  await expect(page.locator("#statements [data-row]").first()).toBeVisible();
  expect(await surplus(), "the dashboard").toBe(0);
  await page.goto("/admin?range=1h&open=statement:city.byId");
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await surplus(), "an open sheet").toBe(0);
});
