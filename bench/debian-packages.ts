import { existsSync } from "node:fs";
import { lastLine, plainEnvironment, runProgram } from "@weir/embedded/processes";

const aptGet = "/usr/bin/apt-get";

/** Whether packages can be installed here without asking anybody. */
function mayInstall(): boolean {
  return existsSync(aptGet) && process.getuid?.() === 0;
}

/**
 * Installs packages of the system where that needs no question: on Debian and its children, as root. Says what it does.
 * Resolves to null when they are there, else to the reason why not.
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
