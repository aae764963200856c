import { clientOf, signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";
import { accessibilityViolations, surplusWidth } from "./fixtures/violations";

// The dashboard's own statements, which every server runs, are hidden by default.
const path = "/admin/queries?admin=true&range=15m";
const rows = "[data-table=statements] [data-row]";

test.use(signedInAs("operator"));
// Two walks through the whole page by axe.
test.slow();

test.beforeEach(async ({ baseURL }) => {
  const admin = await clientOf("admin", baseURL ?? "");
  const response = await admin.get("/api/trpc/audit.list");
  expect(response.ok()).toBe(true);
  await admin.dispose();
});

test("an operator gets from a number to the plan by keyboard alone", async ({ page }) => {
  await page.goto(path);
  await expect(page.locator(rows).first()).toBeVisible();
  await expect(page.locator("[data-finding=load]")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("region", { name: "SQL, with placeholders" })).toBeVisible();
  await expect(sheet.getByRole("heading", { name: "Callers" })).toBeVisible();
  await expect(page).toHaveURL(/open=/);
  expect(await accessibilityViolations(page)).toEqual([]);
  await sheet.getByRole("button", { name: "Plan" }).press("Enter");
  await expect(sheet.locator("#plan-step-0")).toBeVisible();
  await expect(page).toHaveURL(/sheet=plan/);
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(page).not.toHaveURL(/open=/);
});

test("a search finds SQL, a number filters, and the link restores both", async ({ page }) => {
  await page.goto(path);
  await page.getByRole("textbox", { name: "Filter the statements by name or SQL" }).fill("audit_entries");
  await expect(page).toHaveURL(/q=audit_entries/);
  await expect(page.getByRole("heading", { name: /Statements.* of / })).toBeVisible();
  await page.locator(`${rows} [data-column=totalMs] button`).first().click();
  await expect(page.getByRole("list", { name: "Filters" })).toContainText("Total time ≥");
  await expect(page).toHaveURL(/statementsFilter=totalMs/);
  await page.reload();
  await expect(page.getByRole("list", { name: "Filters" })).toContainText("Total time ≥");
  await expect(page.locator(rows).first()).toBeVisible();
});

test.describe("on a phone, in the dark", () => {
  test.use({ ...signedInAs("viewer"), viewport: { width: 390, height: 844 }, colorScheme: "dark" });

  test("a viewer sees everything but plans, and the page gives the reason", async ({ page }) => {
    await page.goto(`${path}&tab=server`);
    await expect(page.locator("[data-table=server] [data-row]").first()).toBeVisible();
    await page.getByRole("button", { name: "Index advice" }).click();
    await expect(page.getByRole("region", { name: "Index advice" })).toContainText("plans examined");
    expect(await surplusWidth(page)).toBe(0);
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.goto(`${path}&open=unknown.statement&sheet=plan`);
    await expect(page.getByRole("dialog")).toContainText("Plans require the role operator.");
  });
});
