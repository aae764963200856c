import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium } from "@playwright/test";
import { lastLine, runProgram } from "@weir/embedded/processes";
import { ServiceError } from "@weir/embedded";
import { installDebianPackages, type InstallOptions, mayRun, which } from "@weir/embedded/system-packages";

/** Whether the program starts: without a system library it cannot even print its version. */
async function starts(path: string): Promise<boolean> {
  return existsSync(path) && (await runProgram(path, ["--version"], { timeoutMs: 20_000 })).code === 0;
}

/** The path of an installed Chromium that starts: the system's, or else Playwright's; null when there is none. */
export async function presentChromium(): Promise<string | null> {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = await Promise.all(names.map(which));
  const candidates = [...onPath, chromium.executablePath()].filter((path) => path !== null);
  const usable = await Promise.all(candidates.map(starts));
  return candidates[usable.indexOf(true)] ?? null;
}

/** Each resolves to the reason when it fails. */
type Way = (options: InstallOptions) => Promise<string | null>;

const reason = "Chromium is not installed";

const installPackage: Way = (options) => installDebianPackages({ packages: ["chromium"], reason }, options);

const download: Way = async (options) => {
  const playwright = dirname(createRequire(import.meta.url).resolve("playwright/package.json"));
  const refused = await mayRun("playwright install chromium", reason, options);
  if (refused !== null) return refused;
  const args = [join(playwright, "cli.js"), "install", "chromium"];
  const loaded = await runProgram(process.execPath, args, { timeoutMs: 180_000 });
  return `playwright install chromium: ${lastLine(loaded.output)}`;
};

/**
 * Makes sure that `presentChromium` finds one: as root on Debian from its package, which includes the libraries that
 * Playwright's lacks on a bare machine; otherwise by downloading Playwright's. Fails with a ServiceError that lists what
 * was tried.
 */
export async function ensureChromium(options: InstallOptions): Promise<void> {
  if ((await presentChromium()) !== null) return;
  const tried: string[] = [];
  for (const way of [installPackage, download]) {
    const failed = await way(options);
    if ((await presentChromium()) !== null) return;
    tried.push(failed ?? "the installed one does not start");
  }
  throw new ServiceError(`Chromium not found: none on PATH; ${tried.join("; ")}. Install chromium and try again.`);
}
