import type { Page } from "@playwright/test";
import { resident, sessionOf, signedInAs } from "./fixtures/accounts";
import { fillIn } from "./fixtures/sign-in";
import { tabTo } from "./fixtures/tab-to";
import { expect, test } from "./fixtures/test";
import { accessibilityViolations, surplusWidth } from "./fixtures/violations";

// Many steps each: on a busy machine they exceed the default timeout.
test.beforeEach(() => test.slow());

const navigation = (page: Page) => page.getByRole("navigation", { name: "Dashboard" });
const placeNames = (page: Page) => navigation(page).locator("a > span:visible");
const userMenu = (page: Page) => page.getByRole("button", { name: /^Signed in as/ });

test.describe("for an admin", () => {
  test.use(signedInAs("admin"));

  test("shortcuts lead to every page, and the list of shortcuts names them", async ({ page, baseURL }) => {
    await page.goto("/admin");
    await expect(placeNames(page)).toHaveText([
      "Overview",
      "Cache",
      "Keys",
      "Queries",
      "Procedures",
      "Traces",
      "Nodes",
      "Observer",
      "Users",
      "Audit log",
      "Account",
    ]);
    await expect(navigation(page).getByRole("link", { name: "Overview" })).toHaveAttribute("aria-current", "page");
    for (const [key, path] of [
      ["c", "/admin/cache"],
      ["k", "/admin/keys"],
      ["q", "/admin/queries"],
      ["p", "/admin/procedures"],
      ["t", "/admin/traces"],
      ["n", "/admin/nodes"],
      ["b", "/admin/observer"],
      ["u", "/admin/users"],
      ["l", "/admin/audit"],
      ["a", "/admin/account"],
      ["o", "/admin"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await expect(page).toHaveURL(`${baseURL ?? ""}${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    for (const does of [
      "Focus the filter",
      "Next row",
      "Pause or resume",
      "Invalidate…",
      "Audit log",
      "Show this list",
    ]) {
      await expect(keys.getByText(does, { exact: true })).toBeVisible();
    }
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(keys).toHaveCount(0);
  });

  test("shows the environment and the user, and the menu works by keyboard", async ({ page, baseURL }) => {
    await page.goto("/admin");
    const badge = page.locator('[data-environment="production"]:visible');
    await expect(badge).toContainText("Production");
    await expect(badge).toContainText(new URL(baseURL ?? "").host);
    await expect(userMenu(page)).toHaveAccessibleName(/^Signed in as .+, admin$/);
    await userMenu(page).focus();
    await page.keyboard.press("Enter");
    const account = page.getByRole("link", { name: "Account and sessions" });
    await expect(account).toBeVisible();
    await page.keyboard.press("ArrowDown");
    await expect(account).toBeFocused();
    await page.keyboard.press("ArrowUp");
    await expect(page.getByRole("button", { name: "Sign out" })).toBeFocused();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect(account).toBeHidden();
    await expect(userMenu(page)).toBeFocused();
  });

  test("the first Tab stop skips to the content", async ({ page }) => {
    await page.goto("/admin");
    await expect(userMenu(page)).toBeVisible();
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to content" });
    await expect(skip).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main")).toBeFocused();
    await tabTo(page, page.getByRole("button", { name: "Live", exact: true }), 1);
  });
});

test.describe("for a viewer", () => {
  test.use(signedInAs("viewer"));

  test("only the pages of the role are listed", async ({ page }) => {
    await page.goto("/admin");
    await expect(userMenu(page)).toBeVisible();
    await expect(placeNames(page)).toHaveText([
      "Overview",
      "Cache",
      "Keys",
      "Queries",
      "Procedures",
      "Traces",
      "Nodes",
      "Observer",
      "Account",
    ]);
  });

  test("on a phone four pages and a menu of all are tabs at the bottom, large enough for a thumb", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/admin");
    await expect(navigation(page)).toHaveCount(1);
    await expect(placeNames(page)).toHaveText(["Overview", "Cache", "Queries", "Procedures"]);
    const more = navigation(page).getByRole("button", { name: "More pages" });
    const tabs = [...(await navigation(page).getByRole("link").all()), more];
    expect(tabs).toHaveLength(5);
    const boxes = await Promise.all(tabs.map((tab) => tab.boundingBox()));
    for (const box of boxes) {
      expect(box?.height ?? 0).toBeGreaterThanOrEqual(44);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(800);
    }
    await expect(page.locator("[data-verdict]").first().or(page.getByTestId("quiet"))).toBeVisible();
    expect(await surplusWidth(page)).toBe(0);
    await more.click();
    await navigation(page).getByRole("link", { name: "Nodes" }).click();
    await expect(page).toHaveURL(/\/admin\/nodes$/);
    await expect(navigation(page).getByRole("button", { name: "More pages, now Nodes" })).toBeVisible();
    expect(await surplusWidth(page)).toBe(0);
    await userMenu(page).click();
    await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
    expect(await accessibilityViolations(page)).toEqual([]);
  });
});

test.describe("the command palette", () => {
  test.use(signedInAs("operator"));

  test("opens by keyboard, finds pages and actions, and remembers what was chosen", async ({ page }) => {
    await page.goto("/admin?range=1h");
    await expect(userMenu(page)).toBeVisible();
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /Go to a page/ });
    await expect(field).toBeFocused();
    const option = (name: string) => page.getByRole("option", { name, exact: true });
    await expect(option("Invalidate…")).toBeVisible();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.keyboard.type("nod");
    await expect(option("Nodes")).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/admin\/nodes\?range=1h$/);
    await expect(page.getByRole("heading", { level: 1, name: "Nodes" })).toBeVisible();
    await page.getByRole("button", { name: "Command palette" }).click();
    await expect(page.getByRole("group", { name: "Recent" }).getByRole("option", { name: "Nodes" })).toBeVisible();
    await field.fill("no such thing");
    await expect(page.getByText("Nothing matches “no such thing”.")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(field).toHaveCount(0);
  });
});

test.describe("a view", () => {
  test.use(signedInAs("viewer"));

  test("goes along when the page changes, by a link and by a shortcut", async ({ page }) => {
    await page.goto("/admin?range=6h&refresh=30s&compare=true&q=note");
    await navigation(page).getByRole("link", { name: "Cache" }).click();
    await expect(page).toHaveURL(/\/admin\/cache\?range=6h&refresh=30s&compare=true$/);
    await expect(page.getByRole("button", { name: "6h", exact: true })).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.press("g");
    await page.keyboard.press("q");
    await expect(page).toHaveURL(/\/admin\/queries\?range=6h&refresh=30s&compare=true$/);
    // The page registers the shortcuts of its view.
    await expect(page.getByRole("heading", { level: 1, name: "Queries" })).toBeVisible();
    await page.keyboard.press("3");
    await expect(page).toHaveURL(/range=1h/);
    await page.goBack();
    await expect(page).toHaveURL(/range=6h/);
  });

  test.describe("of a custom range", () => {
    test.use({ timezoneId: "Europe/Berlin" });

    test("is entered in the time zone of the viewer, whose offsets are named", async ({ page }) => {
      await page.goto("/admin/nodes");
      await page.getByRole("button", { name: "More ranges" }).click();
      await page.getByLabel("From").fill("2026-10-25T02:30:00");
      await page.getByLabel("To").fill("2026-10-25T03:30:00");
      await expect(page.getByText("Europe/Berlin, UTC+02:00 → UTC+01:00")).toBeVisible();
      await page.getByLabel("To").fill("2026-03-29T02:30:00");
      await expect(page.getByText("This time does not exist: the clocks go forward over it.")).toBeVisible();
      await page.getByLabel("To").fill("2026-10-25T03:30:00");
      expect(await accessibilityViolations(page)).toEqual([]);
      await page.keyboard.press("Enter");
      // The repeated hour is included in full.
      await expect(page).toHaveURL(/range=2026-10-25T00:30:00\.000Z\/2026-10-25T02:30:00\.000Z/);
      await expect(page.getByRole("button", { name: "More ranges, now 25 Oct 02:30–03:30" })).toBeVisible();
    });
  });
});

test.describe("a session", () => {
  test("can be ended in the menu", async ({ browser, baseURL: base }) => {
    const baseURL = base ?? "";
    const account = await resident(baseURL, "viewer");
    const context = await browser.newContext({ baseURL, storageState: await sessionOf(baseURL, account) });
    const page = await context.newPage();
    await page.goto("/admin");
    await userMenu(page).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    expect((await page.goto("/admin"))?.status()).toBe(401);
    await context.close();
  });

  test("that ended elsewhere is announced, and signing in returns to the same view", async ({
    browser,
    baseURL: base,
  }) => {
    const baseURL = base ?? "";
    const account = await resident(baseURL, "viewer");
    const storageState = await sessionOf(baseURL, account);
    const context = await browser.newContext({ baseURL, storageState });
    const page = await context.newPage();
    await page.goto("/admin?table=true");
    await expect(page.locator('[data-state="live"]')).toBeVisible();
    const signedOut = await context.request.post("/api/auth/sign-out", { data: {}, headers: { origin: baseURL } });
    expect(signedOut.ok()).toBe(true);
    const prompt = page.getByRole("dialog", { name: "You are signed out" });
    await expect(prompt).toBeVisible();
    expect(await accessibilityViolations(page)).toEqual([]);
    await prompt.getByRole("link", { name: "Sign in again" }).click();
    await fillIn(page, account.email, account.password);
    await expect(page).toHaveURL(`${baseURL}/admin?table=true`);
    await expect(page.getByRole("region", { name: "Cache reads as a table" })).toBeVisible();
    await context.close();
  });
});
