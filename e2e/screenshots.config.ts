import { defineConfig } from "@playwright/test";
import base from "../playwright.config";

/** `npx playwright test -c e2e/screenshots.config.ts` after a build: pictures of every page, not part of the tests. */
export default defineConfig({
  ...base,
  testDir: ".",
  testMatch: "screenshots.ts",
  globalSetup: "../src/dev/e2e-server.ts",
  outputDir: "../node_modules/.cache/playwright",
});
