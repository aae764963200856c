import { join } from "node:path";
import type { Page } from "@playwright/test";
import { createUser } from "@/dev/e2e-accounts";
import { clientOf, e2eAccounts, signedInAs, signedOut } from "./fixtures/accounts";
import { fillIn, refusal } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";

const folder = "node_modules/.cache/weir-screenshots";

type View = {
  name: string;
  path: string;
  as: "admin" | "viewer" | null;
  ready: (page: Page) => Promise<void>;
  /** The whole page, not only what is in view. */
  isWhole?: boolean;
};

const heading = (name: string) => (page: Page) => expect(page.getByRole("heading", { level: 1, name })).toBeVisible();

async function openOperator(page: Page): Promise<void> {
  await page.locator(`[data-email="${e2eAccounts.operator.email}"]`).getByRole("button").click();
  await expect(page.getByRole("dialog").locator("[data-session]").first()).toBeVisible();
}

const views: readonly View[] = [
  { name: "sign-in", path: "/sign-in", as: null, ready: heading("Sign in") },
  {
    name: "sign-in-refused",
    path: "/admin/users",
    as: null,
    ready: async (page) => {
      await page.route(/sign-in\/email/, (route) => route.fulfill({ status: 401, json: {} }));
      await fillIn(page, "grace@weir.example", "not the password");
      await expect(refusal(page)).toBeVisible();
    },
  },
  {
    name: "sign-in-limited",
    path: "/sign-in",
    as: null,
    ready: async (page) => {
      const headers = { "retry-after": "42" };
      await page.route(/sign-in\/email/, (route) => route.fulfill({ status: 429, headers, json: {} }));
      await fillIn(page, "grace@weir.example", "not the password");
      await expect(refusal(page)).toBeVisible();
    },
  },
  {
    name: "overview",
    path: "/admin",
    as: "admin",
    ready: (page) => expect(page.locator('[data-tile="reads"]')).toBeVisible(),
  },
  {
    name: "overview-table",
    path: "/admin?range=1h&table=true",
    as: "admin",
    ready: (page) => expect(page.getByRole("region", { name: "Cache reads as a table" })).toBeVisible(),
  },
  {
    name: "shortcuts",
    path: "/admin",
    as: "admin",
    ready: async (page) => {
      await expect(page.locator('[data-tile="reads"]')).toBeVisible();
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    },
  },
  {
    name: "user-menu",
    path: "/admin",
    as: "viewer",
    ready: (page) => page.getByRole("button", { name: /^Signed in as/ }).click(),
  },
  {
    name: "invalidate",
    path: "/admin?invalidate=all:",
    as: "admin",
    ready: (page) => expect(page.getByTestId("preview")).toContainText(/Affects|No stored/),
  },
  {
    name: "design",
    path: "/admin/observer/design",
    as: "viewer",
    isWhole: true,
    ready: (page) => expect(page.getByTestId("charts").locator("canvas")).toHaveCount(7),
  },
  { name: "not-found", path: "/no-such-page", as: null, ready: heading("Page not found") },
  {
    name: "account",
    path: "/admin/account",
    as: "admin",
    ready: (page) => expect(page.getByText("this session")).toBeVisible(),
  },
  {
    name: "users",
    path: "/admin/users",
    as: "admin",
    ready: (page) => expect(page.getByTestId("users").locator("[data-row]").first()).toBeVisible(),
  },
  { name: "user", path: "/admin/users", as: "admin", ready: openOperator },
  {
    name: "user-question",
    path: "/admin/users",
    as: "admin",
    ready: async (page) => {
      await openOperator(page);
      await page.getByRole("button", { name: "Disable user" }).click();
    },
  },
  {
    name: "user-new",
    path: "/admin/users",
    as: "admin",
    ready: (page) => page.getByRole("button", { name: "Add user" }).click(),
  },
  {
    name: "user-password",
    path: "/admin/users",
    as: "admin",
    ready: async (page) => {
      const result = { data: { temporaryPassword: "an example, shown once" } };
      await page.route(/users\.resetPassword/, (route) => route.fulfill({ json: { result } }));
      await openOperator(page);
      await page.getByRole("button", { name: "Reset password" }).click();
      await page.getByRole("button", { name: "Reset password", exact: true }).click();
      await expect(page.getByTestId("temporary-password")).toBeVisible();
    },
  },
  {
    name: "audit",
    path: "/admin/audit",
    as: "admin",
    ready: (page) => expect(page.getByRole("list", { name: "Audit events, newest first" })).toBeVisible(),
  },
  {
    name: "audit-empty",
    path: "/admin/audit?user=unknown",
    as: "admin",
    ready: (page) => expect(page.getByText("No matching events")).toBeVisible(),
  },
  {
    name: "forbidden",
    path: "/admin/users",
    as: "viewer",
    ready: (page) => expect(page.getByTestId("forbidden")).toContainText("viewer"),
  },
];

test.beforeAll(async ({ baseURL }) => {
  const admin = await clientOf("admin", baseURL ?? "");
  const users = ["Grace Hopper", "Émile Borel", "Zoë Ruiz", "Barbara Liskov", "Radia Perlman", "Alan Turing"];
  for (const [index, name] of users.entries()) {
    await createUser(admin, {
      email: `user${index}@weir.example`,
      name,
      role: index % 2 === 0 ? "viewer" : "operator",
    });
  }
  await admin.dispose();
});

const screens = [
  { colorScheme: "light", width: 1440 },
  { colorScheme: "dark", width: 1440 },
  { colorScheme: "light", width: 390 },
  { colorScheme: "dark", width: 390 },
] as const;

for (const { colorScheme, width } of screens) {
  for (const { name, path, as, ready, isWhole = false } of views) {
    test.describe(`${width} px, ${colorScheme}`, () => {
      test.use({ colorScheme, viewport: { width, height: 844 }, ...(as === null ? signedOut : signedInAs(as)) });

      test(`a picture of ${name}`, async ({ page, expectComplaint }) => {
        expectComplaint(/4\d\d/);
        await page.goto(path);
        await ready(page);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: isWhole });
      });
    });
  }
}
