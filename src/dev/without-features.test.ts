import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findBundledTexts } from "./without-features";

test("finds product texts that mention the bundled feature, but not comments and names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "weir-texts-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const sources = {
    "src/ui/page.tsx":
      "// Of cities.\nexport const Page = (city: string) => <p title='A City'>Search cities {city}</p>;",
    "src/ui/page.test.tsx": 'export const text = "cities";',
    "src/dev/seed.ts": 'export const text = "cities";',
    "src/app.ts": 'import { cities } from "./cities/feature";\nexport const text = `Import ${cities} of GeoNames`;',
    "packages/core/src/errors.ts": 'export const texts = ["capacity", "No country has this code."];',
  };
  for (const [path, source] of Object.entries(sources)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), source);
  }
  expect(findBundledTexts(folder).toSorted()).toEqual([
    "packages/core/src/errors.ts: No country has this code.",
    "src/app.ts: of GeoNames",
    "src/ui/page.tsx: A City",
    "src/ui/page.tsx: Search cities",
  ]);
});
