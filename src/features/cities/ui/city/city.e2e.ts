import { badgeOf } from "../../e2e/explorer";
import { expect, test } from "../../../../../e2e/fixtures/test";
import type { City } from "../../contract";
import { clientOf } from "../../../../../e2e/fixtures/accounts";

const nara = 1_855_612;

test("a city shows its facts, its neighbours by distance, and its country's statistics", async ({ page }) => {
  await page.goto("/?city=1850147");
  await expect(page.getByRole("heading", { level: 1, name: "Tokyo" })).toBeVisible();
  const nearby = page.getByRole("region", { name: "Nearest cities" });
  const distances = await nearby
    .getByRole("link")
    .evaluateAll((links) => links.map((link) => Number(/([\d.]+)\s*km/.exec(link.textContent)?.[1])));
  expect(distances).toHaveLength(12);
  expect(distances).toEqual(distances.toSorted((a, b) => a - b));
  await expect(nearby.getByRole("link", { name: "Tokyo", exact: true })).toHaveCount(0);
  const country = page.getByRole("region", { name: "Cities in Japan" });
  await expect(country.getByRole("listitem")).toHaveCount(10);
  await expect(country.getByRole("listitem").first()).toContainText("Tokyo");
});

test("an unknown city is reported and leads back to the start", async ({ page, expectComplaint }) => {
  expectComplaint(/404/);
  await page.goto("/?city=1");
  const notice = page.getByRole("alert").filter({ hasText: "City 1 not found" });
  await expect(notice).toContainText("CITY_NOT_FOUND");
  await expect(notice).toHaveAttribute("data-problem", "notFound");
  await expect(notice.getByRole("button", { name: "Try again" })).toHaveCount(0);
  await notice.getByRole("button", { name: "Back to the start" }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.locator("main").getByRole("link", { name: /Reykjavík/ })).toBeVisible();
});

test("an open city shows changes by other users without a reload", async ({ page, baseURL }) => {
  await page.goto(`/?city=${nara}`);
  await expect(page.getByRole("heading", { level: 1, name: "Nara" })).toBeVisible();
  await expect(badgeOf(page, "city.byId")).toBeVisible();
  await page.evaluate(() => Reflect.set(globalThis, "isSamePage", true));
  const facts = page.getByRole("region").filter({ has: page.getByRole("heading", { level: 1 }) });
  await expect(facts.locator("[data-changed]")).toHaveCount(0);

  const before = await changeCity(baseURL ?? "", nara, ({ population }) => ({ population: population + 1_234 }));
  try {
    const after = new Intl.NumberFormat("en").format(before.population + 1_234);
    await expect(facts).toContainText(after);
    await expect(facts.locator("[data-changed]")).toContainText([
      `was ${new Intl.NumberFormat("en").format(before.population)}`,
      `was ${before.version}`,
    ]);
    expect(await page.evaluate(() => Reflect.get(globalThis, "isSamePage"))).toBe(true);
  } finally {
    await changeCity(baseURL ?? "", nara, () => ({ population: before.population }));
  }
});

/** Changes a city as another operator. Returns the city before the change. */
export async function changeCity(
  origin: string,
  id: number,
  change: (city: City) => { name?: string; population?: number },
): Promise<City> {
  const client = await clientOf("operator", origin);
  const input = encodeURIComponent(JSON.stringify({ id }));
  const answer = await client.get(`/api/trpc/city.byId?input=${input}`);
  const { result }: { result: { data: City } } = await answer.json();
  const { data: city } = result;
  const written = await client.post("/api/trpc/city.update", { data: { id, version: city.version, ...change(city) } });
  if (!written.ok()) throw new Error(`city.update answered ${written.status()}: ${await written.text()}`);
  await client.dispose();
  return city;
}
