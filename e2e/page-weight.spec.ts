import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { adminPages } from "@/admin/pages";
import { signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("admin"));
test.beforeEach(() => test.slow());

const kilobyte = 1024;
/** What the HTML of the dashboard names: the framework, the frame around every page. */
const maxFirstLoad = 200 * kilobyte;
/** What a further page adds to that. */
const maxPage = 60 * kilobyte;
/** What the Overview adds, with its charts and tables. */
const maxOverview = 75 * kilobyte;

const isScript = (url: string): boolean => /\/_next\/static\/.*\.js(?:\?|$)/.test(url);

/** The scripts that a page loads, by URL, with their size as a server with gzip sends it. */
function watchScripts(page: Page): () => Promise<Map<string, number>> {
  const bodies = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    if (!isScript(response.url())) return;
    const size = response.body().then((body) => gzipSync(body).length);
    bodies.set(response.url(), size);
  });
  return async () => {
    const sizes = new Map<string, number>();
    for (const [url, size] of bodies) sizes.set(url, await size);
    return sizes;
  };
}
const total = (sizes: ReadonlyMap<string, number>): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);

test("the frame loads at most 200 KB of scripts, and each further page adds at most 60 KB", async ({
  page,
  request,
}) => {
  const html = await (await request.get("/admin")).text();
  const scripts = watchScripts(page);
  await page.goto("/admin");
  await expect(page.locator('[data-state="live"]')).toBeVisible();
  await expect(page.locator("canvas").first()).toBeVisible();
  const loaded = await scripts();
  const isNamed = ([url]: [string, number]): boolean => html.includes(new URL(url).pathname);
  const first = total(new Map([...loaded].filter(isNamed)));
  const weights: Record<string, number> = { "/admin": total(loaded) - first };
  for (const { path, key, title } of adminPages) {
    // A page without a shortcut is not in the navigation.
    if (path === "/admin" || key === null) continue;
    const before = total(await scripts());
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    weights[path] = total(await scripts()) - before;
  }
  const inKilobytes = Object.entries({ "every page": first, ...weights }).map(
    ([path, size]) => `${path} ${(size / kilobyte).toFixed(1)} KB`,
  );
  console.log(inKilobytes.join(", "));
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(maxFirstLoad);
  for (const [path, size] of Object.entries(weights)) {
    expect(size, path).toBeLessThanOrEqual(path === "/admin" ? maxOverview : maxPage);
  }
});
