import { existsSync } from "node:fs";
import { lastLine, plainEnvironment, runProgram } from "@weir/embedded/processes";

const aptGet = "/usr/bin/apt-get";

/** Whether packages can be installed here without a prompt. */
function mayInstall(): boolean {
  return existsSync(aptGet) && process.getuid?.() === 0;
}

/**
 * Installs system packages where that needs no prompt: as root on Debian and its derivatives. Logs what it does.
 * Resolves with null when they are installed, otherwise with the reason.
 */
export async function installDebianPackages(
  names: readonly string[],
  log: (text: string) => void,
): Promise<string | null> {
  if (!mayInstall()) return `needs the packages ${names.join(", ")} (Debian's names)`;
  log(`Installing ${names.join(", ")} from Debian …`);
  const env = { ...plainEnvironment, PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    runProgram(aptGet, ["install", "-y", "--no-install-recommends", ...names], { env, timeoutMs: 300_000 });
  let result = await install();
  if (result.code !== 0) {
    await runProgram(aptGet, ["update"], { env, timeoutMs: 120_000 });
    result = await install();
  }
  return result.code === 0 ? null : `apt-get could not install ${names.join(", ")}: ${lastLine(result.output)}`;
}
