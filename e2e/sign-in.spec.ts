import { randomBytes } from "node:crypto";
import { e2eAccounts, newcomer, signedInAs, signedOut } from "./fixtures/accounts";
import { emailField, fillIn, passwordField, refusal, signInButton } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";

const pages = ["/admin", "/admin/account", "/admin/users", "/admin/audit"] as const;
const queries = ["insights.overview", "account.sessions", "users.list", "audit.list"] as const;

test.describe("signed out", () => {
  test.use(signedOut);

  for (const path of pages) {
    test(`${path} returns 401 with the sign-in page and no data`, async ({ page, expectComplaint }) => {
      expectComplaint(/401/);
      const response = await page.goto(path);
      expect(response?.status()).toBe(401);
      await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
      await expect(page.getByRole("navigation", { name: "Dashboard" })).toHaveCount(0);
      await expect(signInButton(page)).toBeEnabled();
      await expect(page).toHaveURL(path);
      const payload = await page.request.get(`${path}?_rsc=1`, { headers: { rsc: "1" } });
      expect(payload.status()).toBe(401);
      expect(await payload.text()).not.toContain("weir.example");
    });
  }

  test("the procedures behind these pages return 401", async ({ request }) => {
    for (const name of queries) {
      const answer = await request.get(`/api/trpc/${name}`);
      expect(answer.status(), name).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { data: { weirCode: "SIGNED_OUT" } } });
    }
  });

  test("signing in leads to the requested address", async ({ page, expectComplaint }) => {
    expectComplaint(/401/);
    await page.goto("/admin/users?q=ada");
    await expect(page.getByText("/admin/users?q=ada")).toBeVisible();
    const { email, password } = e2eAccounts.admin;
    await fillIn(page, email, password);
    await expect(page.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();
    await expect(page).toHaveURL("/admin/users?q=ada");
    await expect(page.locator(`[data-email="${email}"]`)).toBeVisible();
  });

  test("everything works without a pointer", async ({ page }) => {
    await page.goto("/sign-in");
    await expect(signInButton(page)).toBeEnabled();
    await expect(emailField(page)).toBeFocused();
    await page.keyboard.type(e2eAccounts.viewer.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(e2eAccounts.viewer.password);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await expect(passwordField(page)).toHaveAttribute("type", "text");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/admin");
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  });

  test("a wrong password and an unknown email get the same message", async ({ page, expectComplaint }) => {
    expectComplaint(/401/);
    await page.goto("/sign-in");
    await fillIn(page, e2eAccounts.viewer.email, "not the password");
    await expect(refusal(page)).toBeVisible();
    const wrong = await refusal(page).textContent();
    await expect(passwordField(page)).toBeFocused();
    await page.reload();
    await fillIn(page, `nobody-${randomBytes(4).toString("hex")}@weir.example`, "not the password");
    await expect(refusal(page)).toHaveText(wrong ?? "");
    await expect(page).toHaveURL("/sign-in");
  });

  test("after too many attempts it shows how long to wait, and counts down", async ({
    page,
    request,
    baseURL,
    expectComplaint,
  }) => {
    expectComplaint(/429/);
    // Counted by address too: the other tests keep theirs.
    const bytes = randomBytes(2);
    const from = { "x-forwarded-for": `198.18.${bytes[0]}.${bytes[1]}`, origin: baseURL ?? "" };
    const email = `nobody-${randomBytes(4).toString("hex")}@weir.example`;
    const attempt = () =>
      request.post("/api/auth/sign-in/email", { headers: from, data: { email, password: "not the password" } });
    await expect.poll(async () => (await attempt()).status(), { intervals: [1] }).toBe(429);
    await page.setExtraHTTPHeaders({ "x-forwarded-for": from["x-forwarded-for"] });
    await page.goto("/sign-in");
    await fillIn(page, email, "not the password");
    const secondsLeft = async (): Promise<number> =>
      Number(/Wait (\d+) second/.exec((await refusal(page).textContent()) ?? "")?.[1]);
    const first = await secondsLeft();
    expect(first).toBeGreaterThan(0);
    await expect.poll(secondsLeft).toBeLessThan(first);
    await expect(signInButton(page)).toHaveAttribute("aria-disabled", "true");
  });

  for (const next of ["//evil.example/", "/.//evil.example"]) {
    test(`?next=${next} does not lead away from this origin`, async ({ page, baseURL, expectComplaint }) => {
      // The second one resolves to a path without a page.
      expectComplaint(/404 \(Not Found\)/);
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      const { email, password } = e2eAccounts.viewer;
      const left = page.waitForRequest((request) => request.isNavigationRequest());
      await fillIn(page, email, password);
      expect(new URL((await left).url()).origin).toBe(baseURL);
      await page.waitForURL((url) => url.pathname !== "/sign-in");
    });
  }

  test("Caps Lock is reported, and the password can be shown", async ({ page }) => {
    await page.goto("/sign-in");
    await expect(signInButton(page)).toBeEnabled();
    await passwordField(page).dispatchEvent("keydown", { key: "a", modifierCapsLock: true });
    await expect(page.getByText("Caps Lock is on.")).toBeVisible();
    await passwordField(page).dispatchEvent("keyup", { key: "a" });
    await expect(page.getByText("Caps Lock is on.")).toHaveCount(0);
    const toggle = page.getByRole("button", { name: "Show password" });
    await toggle.click();
    await expect(passwordField(page)).toHaveAttribute("type", "text");
    await toggle.click();
    await expect(passwordField(page)).toHaveAttribute("type", "password");
  });
});

test.describe("without scripts", () => {
  test.use({ ...signedOut, javaScriptEnabled: false });

  test("the sign-in page says that it requires JavaScript, and sends nothing", async ({ page }) => {
    const response = await page.goto("/sign-in");
    // Playwright disables scripts without the parser knowing, so it omits the noscript content.
    expect(await response?.text()).toMatch(/<noscript>.*Signing in requires JavaScript\..*<\/noscript>/);
    await expect(signInButton(page)).toBeDisabled();
  });
});

test.describe("signed in", () => {
  test.use(signedInAs("viewer"));

  test("the sign-in page redirects at once", async ({ page }) => {
    await page.goto("/sign-in?next=/admin/account");
    await expect(page).toHaveURL("/admin/account");
    await expect(page.getByRole("heading", { level: 1, name: "Account" })).toBeVisible();
  });

  test("a viewer on an administrator's page sees which role it requires", async ({ page, expectComplaint }) => {
    expectComplaint(/403/);
    for (const path of ["/admin/users", "/admin/audit"]) {
      const response = await page.goto(path);
      expect(response?.status()).toBe(403);
      await expect(page.getByTestId("forbidden")).toContainText("This page requires the admin role.");
      await expect(page.getByTestId("forbidden")).toContainText(e2eAccounts.viewer.email);
    }
    await page.getByTestId("forbidden").getByRole("link", { name: "Go to the overview" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  });

  test("the server rejects a viewer's calls for operators and administrators", async ({ request, baseURL }) => {
    const headers = { origin: baseURL ?? "" };
    const refused = { error: { data: { weirCode: "ROLE_TOO_LOW" } } };
    const invalidation = { data: { all: true, mode: "purge", wait: "local" }, headers };
    const answer = await request.post("/api/trpc/cache.invalidate", invalidation);
    expect(answer.status()).toBe(403);
    expect(await answer.json()).toMatchObject(refused);
    for (const name of ["users.list", "audit.list"]) {
      const listed = await request.get(`/api/trpc/${name}`);
      expect(listed.status(), name).toBe(403);
      expect(await listed.json()).toMatchObject(refused);
    }
  });
});

test.describe("with a temporary password", () => {
  test.use(signedOut);

  test("the user must choose a new password before anything else", async ({ page, baseURL, expectComplaint }) => {
    expectComplaint(/403/);
    const { email, password } = await newcomer(baseURL ?? "", "viewer");
    await page.goto("/sign-in");
    await fillIn(page, email, password);
    await expect(page.getByRole("heading", { name: "Choose your own password" })).toBeVisible();
    await page.getByLabel("Temporary password", { exact: true }).fill(password);
    const chosen = page.getByLabel("New password", { exact: true });
    await expect(chosen).toHaveAccessibleDescription(/12 to 128 characters/);
    await chosen.fill("short");
    await expect(page.getByText("It must have at least 12 characters.")).toBeVisible();
    await chosen.press("Enter");
    await expect(chosen).toHaveAttribute("aria-invalid", "true");
    await chosen.fill("green ladder over stone");
    await chosen.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
    // Without leaving first, the live dashboard would ask without a cookie, and rightly get a 401.
    await page.goto("about:blank");
    await page.context().clearCookies();
    await page.goto("/sign-in");
    await fillIn(page, email, "green ladder over stone");
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  });
});
