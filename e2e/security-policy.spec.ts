import type { Page } from "@playwright/test";
import { e2eAccounts, signedInAs, signedOut } from "./fixtures/accounts";
import { collectViolations } from "./fixtures/policy-violations";
import { fillIn } from "./fixtures/sign-in";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("admin"));

const policyOf = async (page: Page, path: string): Promise<string> => {
  const response = await page.goto(path);
  return response?.headers()["content-security-policy"] ?? "";
};

for (const colorScheme of ["light", "dark"] as const) {
  test(`no page asks for more than its policy allows, in ${colorScheme}`, async ({ page, expectComplaint }) => {
    expectComplaint(/404/);
    await page.emulateMedia({ colorScheme });
    const violations = await collectViolations(page);

    await page.goto("/");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.getByRole("button", { name: /theme/i }).first().click();
    await page.keyboard.press("Escape");

    await page.goto("/no-such-page");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();

    await page.goto("/admin");
    await expect(page.locator("canvas").first()).toBeVisible();
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    for (const path of ["/admin/account", "/admin/users", "/admin/audit", "/admin/observer/design"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    }
    expect(await violations()).toEqual([]);
  });
}

test.describe("signed out", () => {
  test.use(signedOut);
  test("neither the sign-in page nor the one instead of the dashboard needs more", async ({
    page,
    expectComplaint,
  }) => {
    expectComplaint(/401/);
    const violations = await collectViolations(page);
    await page.goto("/sign-in");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const response = await page.goto("/admin");
    expect(response?.status()).toBe(401);
    const { email, password } = e2eAccounts.viewer;
    await fillIn(page, email, password);
    await expect(page.locator("canvas").first()).toBeVisible();
    expect(await violations()).toEqual([]);
  });
});

test("a page has hashes or a one-time nonce, and inline code is not allowed as such", async ({ page }) => {
  const home = await policyOf(page, "/");
  expect(home).toMatch(/script-src 'self'( 'sha256-[\w+/=]{44}')+;/);
  const [first, second] = [await policyOf(page, "/admin"), await policyOf(page, "/admin")];
  const nonceOf = (policy: string): string | undefined => /'nonce-([^']+)'/.exec(policy)?.[1];
  expect(nonceOf(first)).toBeDefined();
  expect(nonceOf(first)).not.toBe(nonceOf(second));
  for (const policy of [home, first]) expect(policy).not.toMatch(/unsafe-|data:|\*/);
});

test("injected inline code is blocked", async ({ page, expectComplaint }) => {
  expectComplaint(/Content Security Policy|violates the following|404/);
  const violations = await collectViolations(page);
  for (const path of ["/", "/admin"]) {
    await page.route(path, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace("</body>", "<script>globalThis.planted = true</script></body>");
      await route.fulfill({ response, body });
    });
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
    expect(await page.evaluate(() => Reflect.has(globalThis, "planted"))).toBe(false);
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.planted = true";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", '<img src="/nothing.png" onerror="globalThis.planted = true">');
    });
    expect(await page.evaluate(() => Reflect.has(globalThis, "planted"))).toBe(false);
  }
  expect((await violations()).length).toBeGreaterThanOrEqual(4);
});

test("the other headers isolate the origin", async ({ request }) => {
  const headers = (await request.get("/")).headers();
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  });
  expect(headers["permissions-policy"]).toContain("camera=()");
  // Over plain HTTP, as here, this would lock users out.
  expect(headers["strict-transport-security"]).toBeUndefined();
  const answer = (await request.get("/api/trpc/account.me")).headers();
  expect(answer).toMatchObject({
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
  });
});
