import type { Page } from "@playwright/test";
import { e2eAccounts, signedInAs, signedOut } from "./fixtures/accounts";
import { fillIn, refusal } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";
import { accessibilityViolations, surplusWidth } from "./fixtures/violations";

test.use(signedInAs("admin"));

const accountPages: { name: string; path: string; ready: (page: Page) => Promise<void> }[] = [
  {
    name: "the account page",
    path: "/admin/account",
    ready: (page) => expect(page.getByText("this session")).toBeVisible(),
  },
  {
    name: "the users page",
    path: "/admin/users",
    ready: (page) => expect(page.getByTestId("users").locator("[data-row]").first()).toBeVisible(),
  },
  {
    name: "a user",
    path: "/admin/users",
    ready: async (page) => {
      await page.locator(`[data-email="${e2eAccounts.operator.email}"]`).getByRole("button").click();
      await expect(page.getByRole("dialog").locator("[data-session]").first()).toBeVisible();
    },
  },
  {
    name: "a confirmation",
    path: "/admin/users",
    ready: async (page) => {
      await page.locator(`[data-email="${e2eAccounts.operator.email}"]`).getByRole("button").click();
      await page.getByRole("button", { name: "Disable user" }).click();
      await expect(page.getByRole("dialog", { name: /^Disable/ })).toBeVisible();
    },
  },
  {
    name: "the form for a new user",
    path: "/admin/users",
    ready: async (page) => {
      await page.getByRole("button", { name: "Add user" }).click();
      await expect(page.getByRole("dialog", { name: "Add user" })).toBeVisible();
    },
  },
  {
    name: "the audit log",
    path: "/admin/audit",
    ready: (page) => expect(page.getByRole("list", { name: "Audit events, newest first" })).toBeVisible(),
  },
  {
    name: "an empty audit log",
    path: "/admin/audit?user=unknown",
    ready: (page) => expect(page.getByText("No matching events")).toBeVisible(),
  },
];

const screens = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 320 },
] as const;

for (const { colorScheme, width } of screens) {
  test.describe(`${width} px wide in ${colorScheme} colours`, () => {
    test.use({ colorScheme, viewport: { width, height: 844 } });

    test("axe finds nothing in the account pages, and none is wider than the screen", async ({ page }) => {
      // Many pages: on a busy machine they exceed the default timeout.
      test.slow();
      for (const { name, path, ready } of accountPages) {
        await page.goto(path);
        await ready(page);
        expect(await accessibilityViolations(page), name).toEqual([]);
        expect(await surplusWidth(page), name).toBe(0);
      }
    });

    test.describe("signed out", () => {
      test.use(signedOut);

      test("axe finds nothing in the sign-in page, and it is not wider than the screen", async ({
        page,
        expectComplaint,
      }) => {
        expectComplaint(/401/);
        await page.goto("/sign-in?next=/admin/users");
        await page.getByText("No account, or forgot your password?").click();
        await page.getByRole("button", { name: "Show password" }).click();
        await fillIn(page, "", "");
        expect(await accessibilityViolations(page)).toEqual([]);
        await page.route(/sign-in\/email/, (route) => route.fulfill({ status: 401, json: {} }));
        await fillIn(page, "nobody@weir.example", "not the password");
        await expect(refusal(page)).toBeVisible();
        expect(await accessibilityViolations(page)).toEqual([]);
        expect(await surplusWidth(page)).toBe(0);
      });
    });

    test.describe("as a viewer", () => {
      test.use(signedInAs("viewer"));

      test("axe finds nothing on the page for a missing role", async ({ page, expectComplaint }) => {
        expectComplaint(/403/);
        await page.goto("/admin/users");
        await expect(page.getByTestId("forbidden")).toContainText("viewer");
        expect(await accessibilityViolations(page)).toEqual([]);
        expect(await surplusWidth(page)).toBe(0);
      });
    });
  });
}

test("the chosen theme is kept and applies before the first paint", async ({ page }) => {
  await page.addInitScript(() => {
    addEventListener("DOMContentLoaded", () => {
      document.documentElement.dataset["themeAtStart"] = document.documentElement.dataset["theme"] ?? "system";
    });
  });
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Theme: dark" }).click();
  expect(await background()).not.toBe(light);
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme-at-start", "dark");
  await expect(page.getByRole("button", { name: "Theme: dark" })).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Theme: system" }).click();
  expect(await background()).toBe(light);
});
