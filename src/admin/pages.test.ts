import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { featurePages } from "./feature-pages";
import { adminPages, pageGroups } from "./pages";

test("every page has a path, a title and a shortcut of its own", () => {
  for (const part of ["path", "title", "key"] as const) {
    const values = adminPages.map((page) => page[part]);
    expect(new Set(values).size, part).toBe(values.length);
  }
  const keys = adminPages.map(({ key }) => key);
  for (const { navigation } of featurePages) expect(keys).not.toContain(navigation?.key);
});

test("the groups follow each other in the order of the navigation, and a phone has four tabs at most", () => {
  const places = adminPages.flatMap(({ group }) => (group === null ? [] : [pageGroups.indexOf(group)]));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(adminPages.filter(({ isTab }) => isTab).length).toBeLessThanOrEqual(4);
});

test("every page is a file that ends in -page.tsx, which the server's build leaves alone", async () => {
  const text = await readFile("src/admin/pages.ts", "utf8");
  const files = [...text.matchAll(/import\("(\.\/[^"]+)"\)/g)].map(([, path]) => path ?? "");
  expect(files).toHaveLength(adminPages.length);
  for (const file of files) {
    expect(file).toMatch(/^\.\/[a-z-]+\/ui\/[a-z-]+-page$/);
    expect(existsSync(`src/admin/${file}.tsx`), file).toBe(true);
  }
});
