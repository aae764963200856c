import type { APIRequestContext, Page } from "@playwright/test";
import { clientOf, e2eAccounts, signedInAs } from "../../../../e2e/fixtures/accounts";
import { tabTo } from "../../../../e2e/fixtures/tab-to";
import { expect, test } from "../../../../e2e/fixtures/test";
import { accessibilityViolations } from "../../../../e2e/fixtures/violations";

// Many steps each: on a busy machine they exceed the default timeout.
test.beforeEach(() => test.slow());

const cityId = 2_193_733;

/** The outcome of a read of the city as the server reports it: `l1`, `l2`, `miss`, … */
async function readCity(client: APIRequestContext): Promise<string | undefined> {
  const input = encodeURIComponent(JSON.stringify({ id: cityId }));
  const response = await client.get(`/api/trpc/city.byId?input=${input}`);
  expect(response.ok()).toBe(true);
  return /cache;desc="city\.byId (\w+)"/.exec(response.headers()["server-timing"] ?? "")?.[1];
}

const dialog = (page: Page) => page.getByRole("dialog", { name: "Invalidate" });
const preview = (page: Page) => page.getByTestId("preview");
const markers = (page: Page) => page.getByTestId("markers");

/** Reads the city until it is served from memory. */
async function warmUp(client: APIRequestContext): Promise<void> {
  await expect.poll(() => readCity(client)).toBe("l1");
}

test.describe("for an operator", () => {
  test.use(signedInAs("operator"));

  test("by keyboard alone: preview, confirmation, the next read is a miss, and every chart shows the marker", async ({
    page,
    browser,
    baseURL,
  }) => {
    await warmUp(page.request);
    await page.goto("/admin");
    await expect(page.locator('#groups [data-row="city.byId"]')).toBeVisible();
    await page.keyboard.press("i");
    const group = dialog(page).getByRole("combobox", { name: "Group" });
    await expect(group).toBeFocused();
    await page.keyboard.type("city.byId");
    await expect(group).toHaveValue("city.byId");
    await expect(page).toHaveURL(/invalidate=group(:|%3A)city\.byId/);
    await expect(preview(page)).toContainText(/Affects \d+ entr(y|ies) in city\.byId\./);
    await expect(preview(page)).toContainText("Exact");

    const confirm = dialog(page).getByRole("textbox", { name: "Confirm" });
    await tabTo(page, confirm, 8);
    await page.keyboard.type("city.byI");
    await page.keyboard.press("Enter");
    await expect(dialog(page).locator("[data-result]")).toHaveCount(0);
    expect(await readCity(page.request)).toBe("l1");
    await page.keyboard.type("d");
    await page.keyboard.press("Enter");
    await expect(dialog(page).locator('[data-result="applied"]')).toContainText("Purged city.byId.");
    expect(await readCity(page.request)).toBe("miss");
    await expect(dialog(page).getByRole("button", { name: "View the chart" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(dialog(page)).toHaveCount(0);

    const sentence = `Purge of group city.byId by ${e2eAccounts.operator.email}`;
    await expect(markers(page)).toContainText(sentence);
    const chart = page.locator("#outcomes").getByRole("group", { name: /^Chart\..* markers?\./ });
    await chart.focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await expect(page.locator("#outcomes")).not.toContainText("Whole range");
    await expect(markers(page)).toContainText(sentence);
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    await expect(page.getByRole("region", { name: "Cache reads as a table" })).toContainText(sentence);

    const elsewhere = await browser.newContext({
      ...signedInAs("viewer"),
      ...(baseURL === undefined ? {} : { baseURL }),
    });
    const other = await elsewhere.newPage();
    await other.goto("/admin");
    await expect(markers(other)).toContainText(sentence);
    await elsewhere.close();
  });

  test("a link prepares it, and it completes once every node has confirmed", async ({ page }) => {
    await warmUp(page.request);
    await page.goto(`/admin?invalidate=key:city.byId:${cityId}`);
    await expect(preview(page)).toContainText("Affects 1 entry in city.byId.");
    await dialog(page)
      .getByRole("radio", { name: /^Expire/ })
      .check();
    await dialog(page)
      .getByRole("radio", { name: /^Every node/ })
      .check();
    await dialog(page).getByRole("textbox", { name: "Confirm" }).fill(String(cityId));
    await dialog(page).getByRole("button", { name: "Expire" }).click();
    await expect(dialog(page).locator('[data-result="applied"]')).toContainText("All live nodes have applied it.");
    await dialog(page).getByRole("button", { name: "Invalidate something else" }).click();
    await expect(dialog(page).getByRole("textbox", { name: "Confirm" })).toHaveValue("");
  });

  test("a row and its sheet open the dialog with their group selected", async ({ page }) => {
    await warmUp(page.request);
    await page.goto("/admin");
    await page.getByRole("button", { name: "Invalidate city.byId…" }).click();
    await expect(dialog(page).getByRole("combobox", { name: "Group" })).toHaveValue("city.byId");
    await page.keyboard.press("Escape");
    await expect(dialog(page)).toHaveCount(0);
    await page
      .locator('#groups [data-row="city.byId"]')
      .getByRole("button", { name: "city.byId", exact: true })
      .click();
    const sheet = page.getByRole("dialog", { name: "city.byId" });
    await sheet.getByRole("button", { name: /^Invalidate city\.byId/ }).click();
    await expect(sheet).toHaveCount(0);
    await expect(dialog(page).getByRole("combobox", { name: "Group" })).toHaveValue("city.byId");
  });

  test("an unconfirmed invalidation is reported with its code, and the input is kept", async ({
    page,
    expectComplaint,
  }) => {
    expectComplaint(/503/);
    await page.route(/cache\.invalidate/, async (route) => {
      const data = {
        code: "SERVICE_UNAVAILABLE",
        httpStatus: 503,
        weirCode: "CACHE_INVALIDATION_UNCONFIRMED",
        problems: [],
      };
      const message = "The invalidation was not confirmed in time.";
      await route.fulfill({ status: 503, json: { error: { code: -32_603, message, data } } });
    });
    await page.goto("/admin?invalidate=all:");
    await dialog(page).getByRole("textbox", { name: "Confirm" }).fill("everything");
    await dialog(page).getByRole("button", { name: "Purge" }).click();
    await expect(dialog(page).getByRole("alert")).toContainText("CACHE_INVALIDATION_UNCONFIRMED");
    await expect(dialog(page).getByRole("textbox", { name: "Confirm" })).toHaveValue("everything");
  });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`axe finds nothing in the dialog in ${colorScheme} colours`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await warmUp(page.request);
      await page.goto("/admin?invalidate=tags:country:NZ,cities:all");
      await expect(preview(page)).toContainText(/Affects|No stored entries match/);
      expect(await accessibilityViolations(page)).toEqual([]);
    });
  }
});

test.describe("for a viewer", () => {
  test.use(signedInAs("viewer"));

  test("the button is visible, explains why it is disabled, and the server rejects the call", async ({
    page,
    baseURL,
  }) => {
    await warmUp(page.request);
    await page.goto("/admin");
    const button = page.getByRole("button", { name: "Invalidate…", exact: true });
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAccessibleDescription(/operators and admins/i);
    await button.focus();
    await expect(page.getByRole("tooltip").filter({ hasText: "Ask an administrator" })).toBeVisible();
    await page.keyboard.press("Enter");
    await expect(dialog(page)).toHaveCount(0);
    expect(await accessibilityViolations(page)).toEqual([]);

    await page.goto("/admin?invalidate=group:city.byId");
    await expect(preview(page)).toContainText(/Affects|No stored entries match/);
    await expect(dialog(page).getByRole("button", { name: "Purge" })).toHaveAttribute("aria-disabled", "true");
    await expect(dialog(page)).toContainText("Only operators and admins can invalidate.");

    const client = await clientOf("viewer", baseURL ?? "");
    const refused = await client.post("/api/trpc/cache.invalidate", { data: { groups: ["city.byId"] } });
    expect(refused.status()).toBe(403);
    expect(await refused.text()).toContain("ROLE_TOO_LOW");
    await client.dispose();
    expect(await readCity(page.request)).toBe("l1");
  });
});
