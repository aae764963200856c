import type { Browser, BrowserContext, Page } from "@playwright/test";
import { clientOf, type E2eAccount, resident, sessionOf, signedOut } from "./fixtures/accounts";
import { expect, test as base } from "./fixtures/test";

/** A browser that keeps pages for Back and Forward, as browsers do; Playwright switches that off. */
const test = base.extend<{ keeping: Browser }>({
  keeping: async ({ playwright }, use) => {
    const { launchOptions } = test.info().project.use;
    const browser = await playwright.chromium.launch({
      ...launchOptions,
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    });
    await use(browser);
    await browser.close();
  },
});
test.use(signedOut);

/** The documents that the browser has brought back from its cache of pages, by path. */
async function noteRevivals(context: BrowserContext): Promise<string[]> {
  const revived: string[] = [];
  await context.exposeFunction("noteRevival", (path: string) => revived.push(path));
  await context.addInitScript(() => {
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) void (Reflect.get(window, "noteRevival") as (path: string) => void)(location.pathname);
    });
  });
  return revived;
}

/** Playwright's own waits for a load, which a page that is brought back does not have. */
const goBack = (page: Page): Promise<void> => page.evaluate(() => history.back());

/** The paths of calls that were answered with 401. */
function noteRefusals(page: Page): string[] {
  const refused: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() === 401 && pathname.startsWith("/api/")) refused.push(pathname);
  });
  return refused;
}

async function openOverview(keeping: Browser, origin: string, account: E2eAccount) {
  const context = await keeping.newContext({ baseURL: origin, storageState: await sessionOf(origin, account) });
  const revived = await noteRevivals(context);
  const page = await context.newPage();
  await page.goto("/admin");
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  // Its script runs: the page arrives complete, before that.
  await expect(page.locator('[data-state="live"]')).toContainText(/[012] s old/);
  return { context, page, revived, refused: noteRefusals(page) };
}

test("this browser does keep pages", async ({ keeping, baseURL }) => {
  const context = await keeping.newContext({ baseURL: baseURL ?? "" });
  const revived = await noteRevivals(context);
  const page = await context.newPage();
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await page.goto("/healthz");
  await goBack(page);
  await expect.poll(() => revived).toEqual(["/sign-in"]);
});

const endings: Record<string, (origin: string, context: BrowserContext, account: E2eAccount) => Promise<void>> = {
  "signing out": async (origin, context) => {
    const response = await context.request.post("/api/auth/sign-out", { data: {}, headers: { origin } });
    expect(response.ok()).toBe(true);
  },
  // The cookie stays as it is, so that the browser knows nothing of it.
  "an administrator disables the user": async (origin, _context, { email }) => {
    const admin = await clientOf("admin", origin);
    const listed = await admin.get("/api/trpc/users.list");
    // The procedure's output as JSON.
    const { result } = (await listed.json()) as { result: { data: { id: string; email: string }[] } };
    const id = result.data.find((user) => user.email === email)?.id;
    const response = await admin.post("/api/trpc/users.disable", { data: { id } });
    expect(response.ok(), await response.text()).toBe(true);
    await admin.dispose();
  },
};

for (const [name, end] of Object.entries(endings)) {
  test(`going back after ${name} shows the sign-in page and calls nothing`, async ({ keeping, baseURL }) => {
    const origin = baseURL ?? "";
    const account = await resident(origin, "viewer");
    const { context, page, refused } = await openOverview(keeping, origin, account);
    await page.goto("/healthz");
    await end(origin, context, account);
    await goBack(page);
    await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Dashboard" })).toHaveCount(0);
    expect(refused).toEqual([]);
  });
}

test("going back while signed in shows the page with its data", async ({ keeping, baseURL }) => {
  const origin = baseURL ?? "";
  const { page, refused } = await openOverview(keeping, origin, await resident(origin, "viewer"));
  await page.goto("/healthz");
  await goBack(page);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  expect(refused).toEqual([]);
});
