import type { Page, Request } from "@playwright/test";
import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("viewer"));

const isStream = (request: Request): boolean => request.url().includes("/insights.live");
/** What a stream was asked to carry. */
function asksOf(request: Request | undefined): string[] {
  const input: { asks?: { name: string }[] } = JSON.parse(
    new URL(request?.url() ?? "").searchParams.get("input") ?? "{}",
  );
  return (input.asks ?? []).map(({ name }) => name).toSorted();
}

/** The dashboard streams that the page opened, and those that ended. */
function watchStreams(page: Page): { opened: Request[]; over: Request[]; polls: Request[] } {
  const seen = { opened: [] as Request[], over: [] as Request[], polls: [] as Request[] };
  page.on("request", (request) => {
    if (isStream(request)) seen.opened.push(request);
    if (request.url().includes("/insights.overview")) seen.polls.push(request);
  });
  const note = (request: Request): void => void (isStream(request) && seen.over.push(request));
  page.on("requestfinished", note);
  page.on("requestfailed", note);
  return seen;
}

/** Simulates a hidden or visible tab. */
async function setVisible(page: Page, isVisible: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
      document.dispatchEvent(new Event("visibilitychange"));
    },
    isVisible ? "visible" : "hidden",
  );
}

test("the dashboard opens one stream and does not poll", async ({ page }) => {
  const seen = watchStreams(page);
  await page.goto("/admin");
  const age = page.locator('[data-state="live"]');
  await expect(age).toContainText(/[01] s old/);
  // Five seconds of updates.
  const first = await page.evaluate(() => performance.now());
  await page.waitForFunction((begin) => performance.now() - begin > 5_000, first);
  await expect(age).toContainText(/[012] s old/);
  // Another takes its place when a part of the page asks for more.
  expect(seen.opened.length - seen.over.length).toBe(1);
  expect(seen.polls).toEqual([]);
  expect(asksOf(seen.opened.at(-1))).toEqual(expect.arrayContaining(["overview", "status"]));
});

for (const [what, leave, comeBack] of [
  ["a hidden tab", (page: Page) => setVisible(page, false), (page: Page) => setVisible(page, true)],
  [
    "a pause",
    (page: Page) => page.getByRole("button", { name: "Pause" }).click(),
    (page: Page) => page.getByRole("button", { name: "Go live" }).click(),
  ],
] as const) {
  test(`${what} closes the stream, and coming back opens another`, async ({ page }) => {
    const seen = watchStreams(page);
    await page.goto("/admin");
    await expect(page.locator('[data-state="live"]')).toContainText(/[01] s old/);
    await leave(page);
    await expect.poll(() => seen.opened.length - seen.over.length).toBe(0);
    const opened = seen.opened.length;
    await comeBack(page);
    await expect.poll(() => seen.opened.length).toBe(opened + 1);
    expect(asksOf(seen.opened.at(-1))).toEqual(expect.arrayContaining(["overview", "status"]));
    await expect(page.locator('[data-state="live"]')).toContainText(/[01] s old/);
    expect(seen.opened.length - seen.over.length).toBe(1);
  });
}

test("another page has one stream too, with what it shows", async ({ page }) => {
  const seen = watchStreams(page);
  await page.goto("/admin");
  await expect(page.locator('[data-state="live"]')).toContainText(/[01] s old/);
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await expect(page.getByRole("heading", { level: 1, name: "Nodes" })).toBeVisible();
  // The stream of the page before may still be the only one when the new page appears.
  await expect.poll(() => asksOf(seen.opened.at(-1))).toContain("nodes");
  await expect.poll(() => asksOf(seen.opened.at(-1))).not.toContain("overview");
  await expect.poll(() => seen.opened.length - seen.over.length).toBe(1);
  await expect(page.locator('[data-state="live"]')).toContainText(/[012] s old/);
});

test("a stream that is refused is not retried, and the page polls", async ({ page }) => {
  const asks: string[] = [];
  await page.route(/insights\.live/, async (route) => {
    asks.push(route.request().url());
    const data = { code: "FORBIDDEN", httpStatus: 403, weirCode: "ROLE_TOO_LOW", problems: [] };
    const error = JSON.stringify({ code: -32_003, message: "Your role does not allow this.", data });
    const body = `event: connected\ndata: {}\n\nevent: serialized-error\ndata: ${error}\n\n`;
    await route.fulfill({ contentType: "text/event-stream", body });
  });
  const seen = watchStreams(page);
  await page.goto("/admin");
  await expect.poll(() => seen.polls.length, { timeout: 30_000 }).toBeGreaterThan(3);
  await expect(page.locator('[data-state="live"]')).toContainText(/[012] s old/);
  // Once for each set of asks.
  expect(new Set(asks).size).toBe(asks.length);
});

test("a forbidden call is reported and not repeated", async ({ page, expectComplaint }) => {
  expectComplaint(/ERR_FAILED|403/);
  await page.route(/insights\.live/, (route) => route.abort());
  let asks = 0;
  await page.route(/insights\.overview/, async (route) => {
    asks += 1;
    const data = { code: "FORBIDDEN", httpStatus: 403, weirCode: "ROLE_TOO_LOW", problems: [] };
    const error = { code: -32_003, message: "Your role does not allow this.", data };
    await route.fulfill({ status: 403, json: { error } });
  });
  await page.clock.install();
  await page.goto("/admin");
  await expect(page.locator('[data-problem="forbidden"]')).toContainText("ROLE_TOO_LOW");
  await page.clock.runFor(30_000);
  expect(asks).toBe(1);
});
