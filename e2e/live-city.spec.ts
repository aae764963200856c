import { changeCity } from "./fixtures/change-city";
import { badgeOf } from "./fixtures/explorer";
import { expect, test } from "./fixtures/test";

const nara = 1_855_612;

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
