import { formatDuration, readAloud } from "@/ui/format/numbers";
import { badgeOf, foundCities, holdBack, nextTimings, searchField } from "../../e2e/explorer";
import { expect, test } from "../../../../../e2e/fixtures/test";

const unasked = [
  { query: "zagreb", found: /^Zagreb Croatia/ },
  { query: "ljubljana", found: /^Ljubljana Slovenia/ },
  { query: "sarajevo", found: /^Sarajevo Bosnia/ },
  { query: "bratislava", found: /^Bratislava Slovakia/ },
  { query: "budapest", found: /^Budapest Hungary/ },
] as const;

test("the first search is loaded from Postgres and shows its SQL time, the second comes from memory", async ({
  page,
}, testInfo) => {
  // A new search for each repetition of the test.
  const { query, found } = unasked[testInfo.repeatEachIndex % unasked.length] ?? unasked[0];
  await page.goto("/");
  const badge = badgeOf(page, "city.search");

  const first = nextTimings(page, "city.search");
  await searchField(page).fill(query);
  await expect(foundCities(page).filter({ hasText: found })).toBeVisible();
  await expect(badge).toHaveAttribute("data-outcome", "miss");
  const { totalMs, sqlMs } = await first;
  await expect(badge).toContainText("Postgres");
  // The unit follows the digits without a space in the text.
  const shown = (ms: number | null): RegExp => new RegExp(readAloud(formatDuration(ms)).replace(" ", String.raw`\s*`));
  await expect(badge).toContainText(shown(totalMs));
  await expect(badge.getByTitle("Postgres time")).toContainText(shown(sqlMs));

  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(foundCities(page)).toHaveCount(0);
  const second = nextTimings(page, "city.search");
  await searchField(page).fill(query);
  await expect(badge).toHaveAttribute("data-outcome", "hitL1");
  await expect(badge).toContainText("L1");
  await expect(badge).toContainText(shown((await second).totalMs));
  await expect(badge.getByTitle("Postgres time")).toHaveCount(0);

  const searches = page.locator('[data-testid="responses"] tr[data-procedure="city.search"]');
  await expect(searches.nth(0)).toHaveAttribute("data-outcome", "hitL1");
  await expect(searches.nth(1)).toHaveAttribute("data-outcome", "miss");
  await expect(searches.nth(1)).toContainText(shown(sqlMs));
  await expect(page.getByTestId("responses")).toContainText("faster");
});

test("a late response never replaces a newer one", async ({ page }) => {
  const release = await holdBack(page, /city\.search.*%22q%22%3A%22lim%22/);
  await page.goto("/");
  const asked = page.waitForRequest(/%22q%22%3A%22lim%22/);
  await searchField(page).fill("lim");
  await asked;
  await searchField(page).fill("limerick");
  await expect(foundCities(page).first()).toContainText("Limerick");
  release();
  // One more answer after the release: whatever the late one did, it has done by then.
  await searchField(page).fill("aberdeen");
  await expect(foundCities(page).first()).toContainText("Aberdeen");
  await expect(foundCities(page).filter({ hasText: /^Lima/ })).toHaveCount(0);
});

test("Enter pressed before the results arrive opens the best match, and the URL holds the whole view", async ({
  page,
}) => {
  const release = await holdBack(page, /city\.search/);
  await page.goto("/");
  await searchField(page).fill("nairobi");
  await searchField(page).press("Enter");
  release();
  await expect(page.getByRole("heading", { level: 1, name: "Nairobi" })).toBeVisible();
  await expect(page).toHaveURL(/\?(?=.*city=184745)(?=.*q=nairobi)/);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Nairobi" })).toBeVisible();
  await expect(searchField(page)).toHaveValue("nairobi");
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Nairobi");
});

test("a search can be limited to one country, and says so if nothing is found there", async ({ page }) => {
  await page.goto("/");
  await page.getByLabel("Country").selectOption("JP");
  await searchField(page).fill("springfield");
  await expect(page.getByText("No cities match “springfield”.")).toBeVisible();
  await page.getByRole("button", { name: "Search all countries" }).click();
  await expect(foundCities(page).first()).toContainText("Springfield");
});
