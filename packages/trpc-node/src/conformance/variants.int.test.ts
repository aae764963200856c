import { expect, test } from "vitest";
import { plain } from "./init";
import { createTestContext, startPair } from "./pair";
import { buildRouter } from "./router";
import { variantCases } from "./variant-cases";
import { basePaths, variants } from "./variants";

test.each(Object.entries(variants))("with %s both servers give the same response", async (_name, make) => {
  await using pair = await startPair(make);
  for (const [name, request] of variantCases) {
    const { ours, theirs } = await pair.ask(request);
    expect(ours, name).toEqual(theirs);
  }
});

test.each(basePaths)("under the base path %o both servers give the same response", async (basePath) => {
  await using pair = await startPair(() => ({
    router: buildRouter(plain),
    createContext: createTestContext,
    basePath,
  }));
  const prefixes = new Set([...basePaths, "/api/trpc/", `/${basePath}/`, `${basePath}/`, "/x/", "/c/"]);
  for (const prefix of prefixes) {
    for (const path of ["hello", "hello,index?batch=1", "nothing", "", "hello/"]) {
      const target = prefix.startsWith("/") ? prefix + path : `/${prefix}${path}`;
      const { ours, theirs } = await pair.ask({ target });
      expect(ours, target).toEqual(theirs);
    }
  }
});
