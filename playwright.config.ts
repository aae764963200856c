import { defineConfig } from "@playwright/test";
import { presentChromium } from "./src/dev/chromium";

export default defineConfig({
  testDir: ".",
  testMatch: ["**/e2e/*.spec.ts", "**/src/features/**/*.e2e.ts"],
  globalSetup: "./src/dev/e2e-server.ts",
  workers: 1,
  forbidOnly: true,
  reporter: "list",
  outputDir: "node_modules/.cache/playwright",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    // Without a picture of every frame, which costs a fifth of the whole run's CPU time. Its snapshots show the page as well.
    trace: { mode: "retain-on-failure", screenshots: false },
    launchOptions: {
      // The global setup sees to it that there is one; the workers, which read this again, find it.
      executablePath: (await presentChromium()) ?? undefined,
      args: [
        // Chromium refuses to run as root with its sandbox; it visits only the server under test.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-gpu",
        "--no-first-run",
        "--disable-sync",
      ],
    },
  },
});
