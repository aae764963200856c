import type { APIRequestContext } from "@playwright/test";
import { type OutcomeCounts, outcomeNames } from "@/admin/insights/contract/overview";
import { formatCount } from "@/ui/format/numbers";
import { readTimings } from "@/ui/rpc/responses";
import { signedInAs } from "../../../../e2e/fixtures/accounts";
import { procedureOf, searchField } from "./explorer";
import { readOverview } from "../../../../e2e/fixtures/overview";
import { expect, test } from "../../../../e2e/fixtures/test";

test.use(signedInAs("viewer"));

// Long enough that nothing of this run drops out while the test counts.
const range = "1h";

const nothing: OutcomeCounts = {
  hitL1: 0,
  hitL2: 0,
  coalesced: 0,
  stale: 0,
  negative: 0,
  miss: 0,
  error: 0,
  bypass: 0,
};

type Counted = readonly { name: string; count: number }[];

const countOf = (rows: Counted, name: string): number => rows.find((row) => row.name === name)?.count ?? 0;

/** Waits until the metrics contain all calls of earlier tests: a node reports its calls in their order, every second. */
async function settle(request: APIRequestContext): Promise<void> {
  const count = async (): Promise<number> => countOf((await readOverview(request, range)).procedures, "country.list");
  const before = await count();
  // More than earlier tests can have left unreported.
  const calls = Array.from({ length: 10 }, () => "country.list");
  expect((await request.get(`/api/trpc/${calls.join(",")}?batch=1`)).status()).toBe(200);
  await expect.poll(count, { timeout: 15_000 }).toBeGreaterThanOrEqual(before + calls.length);
}

test("the dashboard shows exactly the reads and statements that occurred", async ({ page }) => {
  // Many steps: on a busy machine they exceed the default timeout.
  test.slow();
  await settle(page.request);
  const before = await readOverview(page.request, range);
  const seen = { outcomes: { ...nothing }, searches: 0, searchLoads: 0 };
  page.on("response", (response) => {
    const procedure = procedureOf(response);
    if (procedure === null) return;
    const { reads } = readTimings(response.headers()["server-timing"] ?? null);
    for (const { outcome } of reads) seen.outcomes[outcome] += 1;
    if (procedure !== "city.search") return;
    seen.searches += 1;
    seen.searchLoads += reads.filter(({ outcome }) => outcome === "miss").length;
  });

  // A single read per request: one header reports at most ten.
  await page.goto("/?city=745044");
  await expect(page.getByRole("region", { name: /^Cities in/ }).getByRole("listitem")).toHaveCount(10);
  await expect(page.getByRole("region", { name: "Nearest cities" }).getByRole("link")).toHaveCount(12);
  for (const text of ["ankara", "izmir", "ankara", "izmir"]) {
    const answered = page.waitForResponse((response) => procedureOf(response) === "city.search");
    // One search after the other, as a user types.
    await searchField(page).fill(text);
    await answered;
  }
  await expect.poll(() => seen.searches).toBe(4);
  expect(seen.outcomes.hitL1).toBeGreaterThanOrEqual(2);

  const caused = async () => {
    const after = await readOverview(page.request, range);
    return {
      outcomes: Object.fromEntries(
        outcomeNames.map((name) => [name, after.cache.outcomes[name] - before.cache.outcomes[name]]),
      ),
      searches: countOf(after.procedures, "city.search") - countOf(before.procedures, "city.search"),
      searchLoads: countOf(after.statements, "city.search") - countOf(before.statements, "city.search"),
    };
  };
  await expect.poll(caused, { timeout: 15_000 }).toEqual(seen);

  await page.goto(`/admin?range=${range}`);
  const after = await readOverview(page.request, range);
  for (const name of outcomeNames) {
    await expect(page.locator(`#outcomes [data-series="${name}"]`)).toHaveAttribute(
      "data-value",
      String(after.cache.outcomes[name]),
    );
  }
  const cell = (table: string, row: string, column: string) =>
    page.locator(`#${table} [data-row="${row}"] [data-column="${column}"]`);
  await expect(cell("procedures", "city.search", "count")).toHaveText(
    formatCount(countOf(after.procedures, "city.search")),
  );
  await expect(cell("statements", "city.search", "count")).toHaveText(
    formatCount(countOf(after.statements, "city.search")),
  );
  await expect(page.locator('[data-tile="reads"]')).toContainText(formatCount(after.cache.reads));
});

test("a row opens a sheet with the statement's SQL, and the view is a link", async ({ page }) => {
  await page.goto("/?city=1850147");
  await expect(page.getByRole("region", { name: "Nearest cities" }).getByRole("link")).toHaveCount(12);
  await page.goto(`/admin?range=${range}`);
  await page.locator('#statements [data-row="city.nearby"] [data-row-button]').click();
  const sheet = page.getByRole("dialog", { name: "city.nearby" });
  await expect(sheet).toContainText(/select[\s\S]*from[\s\S]*cities/i);
  await expect(page).toHaveURL(/open=statement(:|%3A)city\.nearby/);
  await page.reload();
  await expect(sheet).toBeVisible();
  await sheet.getByRole("button", { name: "Close" }).click();
  await expect(sheet).toHaveCount(0);
  await expect(page).not.toHaveURL(/open=/);
});

test("range, filter and pause are part of the URL, and a whole day can be shown", async ({ page }) => {
  await page.request.get(`/api/trpc/country.list`);
  await page.goto("/admin?range=24h");
  await expect(page.locator('#groups [data-row="country.list"]')).toBeVisible();
  await expect(page.getByRole("button", { name: "24h" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("#outcomes")).toContainText("per 5 min");
  await page.keyboard.press("/");
  await page.keyboard.type("country.li");
  await expect(page.locator("#groups [data-row]")).toHaveCount(1);
  await expect(page).toHaveURL(/q=country\.li/);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/q=/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("1");
  await expect(page.getByRole("button", { name: "Live", exact: true })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press(".");
  await expect(page).toHaveURL(/refresh=off/);
  await page.reload();
  await expect(page.locator('[data-state="paused"]')).toBeVisible();
});
