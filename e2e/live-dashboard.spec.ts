import type { Page, Request } from "@playwright/test";
import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("viewer"));

const isStream = (request: Request): boolean => request.url().includes("/insights.live");
const lastEventIdOf = (request: Request | undefined): unknown => {
  const input: unknown = JSON.parse(new URL(request?.url() ?? "").searchParams.get("input") ?? "{}");
  return Reflect.get(Object(input), "lastEventId");
};

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
  expect([seen.opened.length, seen.over.length, seen.polls.length]).toEqual([1, 0, 0]);
  expect(lastEventIdOf(seen.opened[0])).toBeNull();
});

for (const [what, leave, comeBack] of [
  ["a hidden tab", (page: Page) => setVisible(page, false), (page: Page) => setVisible(page, true)],
  [
    "a pause",
    (page: Page) => page.getByRole("button", { name: "Pause" }).click(),
    (page: Page) => page.getByRole("button", { name: "Go live" }).click(),
  ],
] as const) {
  test(`${what} closes the stream, which resumes after its last event`, async ({ page }) => {
    const seen = watchStreams(page);
    await page.goto("/admin");
    await expect(page.locator('[data-state="live"]')).toContainText(/[01] s old/);
    await leave(page);
    await expect.poll(() => seen.over.length).toBe(1);
    await comeBack(page);
    await expect.poll(() => seen.opened.length).toBe(2);
    expect(lastEventIdOf(seen.opened[1])).toMatch(/^[\w-]+\.\d+\.\d+$/);
    await expect(page.locator('[data-state="live"]')).toContainText(/[01] s old/);
    expect([seen.opened.length, seen.over.length]).toEqual([2, 1]);
  });
}

test("a forbidden stream is reported and not retried", async ({ page }) => {
  let asks = 0;
  await page.route(/insights\.live/, async (route) => {
    asks += 1;
    const data = { code: "FORBIDDEN", httpStatus: 403, weirCode: "ROLE_TOO_LOW", problems: [] };
    const error = JSON.stringify({ code: -32_003, message: "Your role does not allow this.", data });
    const body = `event: connected\ndata: {}\n\nevent: serialized-error\ndata: ${error}\n\n`;
    await route.fulfill({ contentType: "text/event-stream", body });
  });
  await page.clock.install();
  await page.goto("/admin");
  await expect(page.locator('[data-problem="forbidden"]')).toContainText("ROLE_TOO_LOW");
  await page.clock.runFor(30_000);
  expect(asks).toBe(1);
});
