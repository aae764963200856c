import type { Page } from "@playwright/test";
import { signedInAs } from "./fixtures/accounts";
import { collectViolations } from "./fixtures/policy-violations";
import { expect, test } from "./fixtures/test";

test.use({ ...signedInAs("viewer"), timezoneId: "Europe/Berlin" });

const path = "/admin/observer/design";
const chartOf = (page: Page, title: string) =>
  page.getByTestId("charts").getByRole("region", { name: title, exact: true });
const drawing = (page: Page, title: string) => chartOf(page, title).getByRole("group", { name: /^Chart\./ });
const valueOf = (page: Page, title: string, series: string) =>
  chartOf(page, title).locator(`[data-series="${series}"]`).getAttribute("data-value");
const table = (page: Page, name: string) => page.locator(`[data-table="${name}"]`);

test("the charts share one crosshair, by pointer and by keyboard, and a hidden series leaves the drawing", async ({
  page,
}) => {
  const violations = await collectViolations(page);
  await page.goto(path);
  await drawing(page, "Query latency").focus();
  await page.keyboard.press("Home");
  await expect(chartOf(page, "Query latency")).toContainText("28 Mar, 19:00–19:01");
  await expect(chartOf(page, "Cache reads")).toContainText("28 Mar, 19:00–19:01");
  const first = await valueOf(page, "Query latency", "p95");
  await page.keyboard.press("ArrowRight");
  await expect(chartOf(page, "Query latency")).toContainText("19:01–19:02");
  expect(await valueOf(page, "Query latency", "p95")).not.toBe(first);
  await page.keyboard.press("End");
  await expect(chartOf(page, "Query latency")).toContainText("incomplete");
  await page.keyboard.press("Escape");
  await expect(chartOf(page, "Query latency")).toContainText("Last: ");

  await drawing(page, "Hit rate").focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await expect(chartOf(page, "Hit rate").getByTestId("markers")).toHaveText(/^19:36:00\s*Lab run 12/);

  await drawing(page, "Query latency").hover({ position: { x: 300, y: 90 } });
  await expect(chartOf(page, "Cache reads")).toContainText(/28 Mar, 19:\d\d–19:\d\d/);
  await chartOf(page, "Query latency").getByRole("button", { name: /^p99/ }).click();
  await expect(drawing(page, "Query latency")).not.toHaveAccessibleName(/p99: min/);
  await expect(drawing(page, "Query latency")).toHaveAccessibleName(/p95: min .* max .* at 19:\d\d, last .*\./);
  expect(await violations()).toEqual([]);
});

test("a chart is a table too, names its zone, and follows the theme", async ({ page }) => {
  await page.goto(path);
  await expect(chartOf(page, "Requests")).toContainText("Europe/Berlin (UTC+1, UTC+2 from 29 Mar, 03:00)");
  await chartOf(page, "Cache reads").getByRole("button", { name: "View as table" }).click();
  const rows = page.getByRole("region", { name: "Cache reads as a table" }).getByRole("row");
  await expect(rows).toHaveCount(61);
  await expect(rows.nth(1)).toContainText("incomplete");
  const pixel = (): Promise<string> =>
    drawing(page, "Query latency")
      .locator("canvas")
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const light = await pixel();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(pixel).not.toBe(light);
});

test("a drag on the Overview zooms all charts, and the range is in the URL", async ({ page }) => {
  await page.goto("/admin?range=1h");
  const chart = page.getByRole("region", { name: "Cache reads", exact: true }).getByRole("group", { name: /^Chart\./ });
  await expect(chart.locator("canvas")).toBeVisible();
  const box = await chart.locator(".u-over").boundingBox();
  if (box === null) throw new Error("The chart has no place.");
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await expect(page).toHaveURL(/range=\d{4}-|range=20/);
  await page.goBack();
  await expect(page).toHaveURL(/range=1h/);
});

test("a number is a filter, the view is a link, and the keyboard reaches every row and cell", async ({ page }) => {
  await page.goto(path);
  const few = table(page, "few");
  await few.locator('[data-row="customer.search"] [data-column="calls"] button').click();
  await expect(few.locator("[data-row]")).toHaveCount(3);
  await expect(few).toContainText("3 of 6");
  await expect(page).toHaveURL(/fewFilter=calls~13335/);
  await few.getByRole("button", { name: /^Calls ≥/ }).click();
  await expect(few.locator("[data-row]")).toHaveCount(4);
  await page.reload();
  await expect(few.locator("[data-row]")).toHaveCount(4);
  await few.getByRole("button", { name: /^Remove the filter/ }).click();
  await expect(few.locator("[data-row]")).toHaveCount(6);

  await few.getByRole("columnheader", { name: "Statement" }).getByRole("button").click();
  await expect(few.locator("[data-row]").first()).toHaveAttribute("data-row", "customer.search");
  await page.keyboard.press("j");
  await expect(few.locator('[data-row="customer.search"] [data-row-button]')).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("ArrowRight");
  await expect(few.locator('[data-row="invoice.byId"] [data-column="calls"] button')).toBeFocused();
  await page.keyboard.press("k");
  await expect(few.locator('[data-row="customer.search"] [data-row-button]')).toBeFocused();

  await few.getByRole("button", { name: "Choose columns" }).click();
  await few.getByRole("checkbox", { name: "Share" }).uncheck();
  await expect(few.getByRole("columnheader", { name: "Share" })).toHaveCount(0);
  await expect(page).toHaveURL(/fewColumns=share/);
});

test("a table is copied as CSV and Markdown in the order shown", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(path);
  const few = table(page, "few");
  const copy = async (kind: string): Promise<string> => {
    await few.getByRole("button", { name: "Copy the table" }).click();
    await few.getByRole("button", { name: `Copy as ${kind}` }).click();
    await expect(few.getByRole("status")).toContainText(`Copied 6 rows as ${kind}.`);
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const csv = (await copy("CSV")).split(/\r?\n/);
  expect(csv[0]).toBe('"Statement","Calls","p95","Share","Caller"');
  expect(csv[1]).toMatch(/^"order\.list",40000,[\d.]+,0\.5,"order\.page"$/);
  const markdown = await copy("Markdown");
  expect(markdown).toContain("| order.list | 40,000 |");
  expect(markdown).toContain("| customer.search | 13,335 | – |");
});

test("ten thousand rows scroll to their end with a bounded number of them in the document", async ({ page }) => {
  await page.goto(path);
  const many = table(page, "many");
  const rows = many.locator("[data-row]");
  await expect(rows.first()).toHaveAttribute("data-row", "order.list");
  await many.getByRole("region").evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
  await expect(rows.last()).toHaveAttribute("aria-rowindex", "10001");
  expect(await rows.count()).toBeLessThan(120);
  await many.getByRole("columnheader", { name: "p95" }).getByRole("button").click();
  await expect(many.getByRole("columnheader", { name: "p95" })).toHaveAttribute("aria-sort", "descending");
});
