import type { Page } from "@playwright/test";
import { clientOf, e2eAccounts, newcomer, signedInAs } from "./fixtures/accounts";
import { expect, test } from "./fixtures/test";

test.use(signedInAs("admin"));

const entries = (page: Page) => page.getByRole("list", { name: "Audit events, newest first" }).getByRole("listitem");

test("the newest event is on top with its actor, changes and IP address", async ({ page, baseURL }) => {
  const guest = await newcomer(baseURL ?? "", "viewer");
  await page.goto("/admin/audit");
  const entry = entries(page).first();
  await expect(entry).toHaveAttribute("data-action", "people.create");
  await expect(entry).toContainText(`${e2eAccounts.admin.email} added a user`);
  await expect(entry).toContainText(guest.email);
  await expect(entry).toContainText("127.0.0.1");
  await expect(entry).not.toContainText(guest.password);
  await expect(entry.locator("ins").filter({ hasText: "viewer" })).toBeVisible();
});

test("before and after are shown side by side", async ({ page, baseURL }) => {
  const guest = await newcomer(baseURL ?? "", "viewer");
  const admin = await clientOf("admin", baseURL ?? "");
  const users: { result: { data: { id: string; email: string }[] } } = await (
    await admin.get("/api/trpc/users.list")
  ).json();
  const id = users.result.data.find(({ email }) => email === guest.email)?.id;
  await admin.post("/api/trpc/users.setRole", { data: { id, role: "operator" } });
  await admin.dispose();
  await page.goto("/admin/audit?action=people.setRole");
  const entry = entries(page).first();
  await expect(entry).toContainText(guest.email);
  const changes = entry.locator("dd");
  await expect(changes.filter({ has: page.locator("del", { hasText: "viewer" }) }).locator("ins")).toContainText(
    "operator",
  );
});

test("the log is filtered by action and by user, and the filters are in the URL", async ({ page, baseURL }) => {
  await newcomer(baseURL ?? "", "viewer");
  await page.goto("/admin/audit");
  await page.getByRole("combobox", { name: "Action" }).selectOption("people.create");
  await expect(page).toHaveURL(/action=people\.create/);
  await expect(entries(page).locator("visible=true").first()).toHaveAttribute("data-action", "people.create");
  expect(new Set(await entries(page).evaluateAll((all) => all.map((one) => one.getAttribute("data-action"))))).toEqual(
    new Set(["people.create"]),
  );
  await entries(page).first().getByRole("button", { name: e2eAccounts.admin.email }).click();
  await expect(page).toHaveURL(/user=/);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "User" })).toContainText(e2eAccounts.admin.email);
  await expect(entries(page).first()).toContainText(e2eAccounts.admin.email);

  await page.getByRole("combobox", { name: "Action" }).selectOption("cache.deletePrefix");
  await expect(page.getByText("No matching events")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page).toHaveURL("/admin/audit");
  await expect(entries(page).first()).toBeVisible();
});

test("older entries load on request, each once", async ({ page }) => {
  // The same pages as the server's, but short.
  await page.route(/audit\.list/, async (route) => {
    const url = new URL(route.request().url());
    const input: unknown = JSON.parse(url.searchParams.get("input") ?? "{}");
    url.searchParams.set("input", JSON.stringify({ ...(typeof input === "object" ? input : {}), limit: 2 }));
    await route.continue({ url: url.href });
  });
  await page.goto("/admin/audit");
  await expect(entries(page)).toHaveCount(2);
  const older = page.getByRole("button", { name: "Show older" });
  await older.click();
  await expect(entries(page)).toHaveCount(4);
  const ids = await entries(page).evaluateAll((all) => all.map((one) => Number(one.getAttribute("data-entry"))));
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => b - a));
});
