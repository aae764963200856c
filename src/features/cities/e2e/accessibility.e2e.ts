import type { Page } from "@playwright/test";
import { signedInAs } from "../../../../e2e/fixtures/accounts";
import { foundCities, searchField } from "./explorer";
import { expect, test } from "../../../../e2e/fixtures/test";
import { accessibilityViolations } from "../../../../e2e/fixtures/violations";

test.use(signedInAs("admin"));

const explored = async (page: Page): Promise<void> => {
  await expect(page.getByRole("region", { name: "Nearest cities" }).getByRole("link")).toHaveCount(12);
  await expect(page.locator("ol").getByRole("listitem")).toHaveCount(10);
};

const views: { name: string; path: string; ready: (page: Page) => Promise<void> }[] = [
  {
    name: "the empty explorer",
    path: "/",
    ready: (page) => expect(page.locator("main").getByRole("link", { name: /Reykjavík/ })).toBeVisible(),
  },
  {
    name: "the open search",
    path: "/",
    ready: async (page) => {
      await searchField(page).fill("san jo");
      await expect(foundCities(page).first()).toBeVisible();
    },
  },
  { name: "a city", path: "/?city=1850147", ready: explored },
  {
    name: "the dashboard",
    path: "/admin",
    ready: (page) => expect(page.locator("#groups [data-row]").first()).toBeVisible(),
  },
  {
    name: "the dashboard as a table",
    path: "/admin?table=true",
    ready: (page) => expect(page.getByRole("region", { name: "Cache reads as a table" })).toBeVisible(),
  },
  {
    name: "an open sheet",
    path: "/admin?open=group:city.byId",
    ready: (page) => expect(page.getByRole("dialog")).toContainText("Hit rate"),
  },
];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme });
    for (const { name, path, ready } of views) {
      test(`axe finds nothing in ${name}`, async ({ page }) => {
        if (path.startsWith("/admin")) {
          // Something to show.
          await page.goto("/?city=1850147");
          await explored(page);
        }
        await page.goto(path);
        await ready(page);
        expect(await accessibilityViolations(page)).toEqual([]);
      });
    }
  });
}
