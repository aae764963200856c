import type { Page } from "@playwright/test";
import { expect, test } from "../../../../e2e/fixtures/test";
import { translate } from "../../../../e2e/fixtures/translate";
import { foundCities, searchField } from "./explorer";

/** The text of the open city, without what differs from one response to the next. */
async function cityText(page: Page): Promise<string[]> {
  await expect(page.getByRole("region", { name: "Nearest cities" }).getByRole("link")).toHaveCount(12);
  await expect(page.locator("ol").getByRole("listitem")).toHaveCount(10);
  return page.locator("main section:not([data-testid])").evaluateAll((sections) =>
    sections.map((section) => {
      const copy = document.importNode(section, true);
      for (const badge of copy.querySelectorAll("[data-response]")) badge.remove();
      return copy.textContent ?? "";
    }),
  );
}

test("a translated page searches, opens and leaves cities without an error, and shows what is current", async ({
  page,
}) => {
  test.slow();
  await page.goto("/");
  await expect(
    page
      .getByRole("region", { name: /135,000/ })
      .getByRole("link")
      .first(),
  ).toBeVisible();
  await translate(page);

  for (const [query, first] of [
    ["sao pau", /^São Paulo Brazil/],
    ["paulo", /^Paulo /],
    ["sao paulo", /^São Paulo Brazil/],
    ["xyzzyq", null],
    ["londn", /^London /],
    ["wellington", /^Wellington New Zealand/],
  ] as const) {
    await searchField(page).fill(query);
    if (first === null) await expect(page.getByText(`No cities match “${query}”.`)).toBeVisible();
    else await expect(foundCities(page).filter({ hasText: first }).first()).toBeVisible();
    for (const shown of await foundCities(page).all()) expect(await shown.textContent()).not.toBe("");
  }
  await page.getByLabel("Country").selectOption("JP");
  await expect(page.getByText("No cities match “wellington”.")).toBeVisible();
  await page.getByRole("button", { name: "Search all countries" }).click();
  await expect(foundCities(page).filter({ hasText: /^Wellington New Zealand/ })).toBeVisible();
  await searchField(page).press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Wellington" })).toBeVisible();

  const neighbour = page.getByRole("region", { name: "Nearest cities" }).getByRole("link").first();
  const name = (await neighbour.locator("span").first().textContent()) ?? "";
  await neighbour.click();
  await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Repeat city.byId" }).click();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: "Wellington" })).toBeVisible();
  const translated = await cityText(page);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Wellington" })).toBeVisible();
  expect(translated).toEqual(await cityText(page));
});
