import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chromium } from "@playwright/test";
import { lastLine, runProgram } from "@weir/embedded/processes";
import { ServiceError } from "@weir/embedded";

type Log = (line: string) => void;

/** Whether the program starts: without a system library it cannot even print its version. */
async function starts(path: string): Promise<boolean> {
  return existsSync(path) && (await runProgram(path, ["--version"], { timeoutMs: 20_000 })).code === 0;
}

async function which(name: string): Promise<string | null> {
  const found = await runProgram("/bin/sh", ["-c", 'command -v "$0"', name]);
  return found.code === 0 ? found.output.trim() : null;
}

/** The path of an installed Chromium that starts: the system's, or else Playwright's; null when there is none. */
export async function presentChromium(): Promise<string | null> {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = await Promise.all(names.map(which));
  const candidates = [...onPath, chromium.executablePath()].filter((path) => path !== null);
  const usable = await Promise.all(candidates.map(starts));
  return candidates[usable.indexOf(true)] ?? null;
}

/** Returns the reason when it fails. */
async function installPackage(log: Log): Promise<string> {
  if (process.getuid?.() !== 0 || (await which("apt-get")) === null) return "apt-get needs root on Debian";
  log("Installing Chromium with apt-get …");
  const aptGet = (...args: string[]): ReturnType<typeof runProgram> =>
    runProgram("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", ...args], { timeoutMs: 300_000 });
  const install = ["install", "-y", "--no-install-recommends", "chromium"];
  let installed = await aptGet(...install);
  if (installed.code !== 0) {
    await aptGet("update");
    installed = await aptGet(...install);
  }
  return `apt-get install chromium: ${lastLine(installed.output)}`;
}

async function download(log: Log): Promise<string> {
  log("Downloading Chromium with Playwright …");
  const playwright = dirname(createRequire(import.meta.url).resolve("playwright/package.json"));
  const cli = join(playwright, "cli.js");
  const loaded = await runProgram(process.execPath, [cli, "install", "chromium"], { timeoutMs: 180_000 });
  return `playwright install chromium: ${lastLine(loaded.output)}`;
}

/**
 * Makes sure that `presentChromium` finds one: as root on Debian from its package, which includes the libraries that
 * Playwright's lacks on a bare machine; otherwise by downloading Playwright's. Long steps are passed to `log`. Fails
 * with a ServiceError that lists what was tried.
 */
export async function ensureChromium(log: Log): Promise<void> {
  if ((await presentChromium()) !== null) return;
  const tried: string[] = [];
  for (const way of [installPackage, download]) {
    tried.push(await way(log));
    if ((await presentChromium()) !== null) return;
  }
  throw new ServiceError(`Chromium not found: none on PATH; ${tried.join("; ")}. Install chromium and try again.`);
}
