import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  test: {
    // Many tests wait more than they compute; by default one core of two would stand idle.
    maxWorkers: "100%",
    setupFiles: [fileURLToPath(new URL("src/dev/test-seed.ts", import.meta.url))],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // A bound for what hangs; a busy machine is ten times slower than a quiet one.
          testTimeout: 30_000,
          include: ["{src,packages}/**/*.test.{ts,tsx}", "bench/**/*.test.ts"],
          exclude: ["{src,packages,bench}/**/*.int.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{src,packages,bench}/**/*.int.test.ts"],
          globalSetup: ["./src/dev/test-services.ts"],
          // Bounds for what hangs, wide enough for a busy machine.
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
