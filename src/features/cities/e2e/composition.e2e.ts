import type { Page } from "@playwright/test";
import { expect, test } from "../../../../e2e/fixtures/test";
import { foundCities, searchField } from "./explorer";

/** Types `text` through an input method that is still composing it. */
async function compose(page: Page, text: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  await session.detach();
}

/** A key that an input method has taken. Safari sends the key that ends a composition after `compositionend`. */
const pressTaken = (page: Page, key: string): Promise<boolean> =>
  searchField(page).evaluate(
    (field, name) =>
      field.dispatchEvent(new KeyboardEvent("keydown", { key: name, keyCode: 229, bubbles: true, cancelable: true })),
    key,
  );

test("the keys of an input method neither pick, move nor close", async ({ page }) => {
  await page.goto("/");
  await searchField(page).focus();
  await compose(page, "oslo");
  await expect(foundCities(page).first()).toContainText("Norway");
  for (const key of ["Enter", "ArrowDown", "Escape"]) {
    expect(await pressTaken(page, key), `${key} is left to the input method`).toBe(true);
    await expect(foundCities(page).first(), key).toHaveAttribute("aria-selected", "true");
    await expect(searchField(page)).toHaveValue("oslo");
  }
  await expect(page).not.toHaveURL(/city=/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("135,000");
  await page.keyboard.insertText("oslo");
  await searchField(page).press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Oslo" })).toBeVisible();
});
