import { createInterface } from "node:readline/promises";
import { lastLine, type ProgramResult, runProgram } from "./processes";

/**
 * Whether packages of the operating system may be installed. `auto` announces each installation and carries it out, `ask`
 * asks at the terminal first, `never` installs nothing.
 */
export type InstallPolicy = "auto" | "ask" | "never";

export type InstallOptions = {
  policy: InstallPolicy;
  /** Called with a line that says what is about to be installed, what for, and by which command. */
  log: (line: string) => void;
};

export type Wanted = {
  packages: readonly string[];
  /** What needs them, as the first half of a sentence: `Redis is not installed`. */
  reason: string;
};

type Manager = {
  command: readonly string[];
  /** Variables for the package manager; the rest of the environment is inherited. */
  variables: readonly string[];
  /** Run once when the command fails, before it is repeated. */
  refresh: readonly string[] | null;
  timeoutMs: number;
};

const apt: Manager = {
  command: ["apt-get", "install", "-y", "--no-install-recommends"],
  variables: ["DEBIAN_FRONTEND=noninteractive"],
  refresh: ["apt-get", "update"],
  timeoutMs: 300_000,
};

const homebrew: Manager = {
  command: ["brew", "install"],
  variables: ["HOMEBREW_NO_AUTO_UPDATE=1", "HOMEBREW_NO_INSTALL_UPGRADE=1", "NONINTERACTIVE=1"],
  refresh: null,
  timeoutMs: 600_000,
};

/** The path of the program; null when the PATH has none. */
export async function which(name: string): Promise<string | null> {
  const found = await runProgram("/bin/sh", ["-c", 'command -v "$0"', name]);
  return found.code === 0 ? found.output.trim() : null;
}

/** Whether apt-get runs without a prompt: Debian or a derivative, as root. */
async function canUseApt(): Promise<boolean> {
  return process.getuid?.() === 0 && (await which("apt-get")) !== null;
}

/**
 * Resolves to null if `command` may run now, else to why not. Under `auto` the command has been announced, under `ask` the
 * user has agreed.
 */
export async function mayRun(command: string, reason: string, { policy, log }: InstallOptions): Promise<string | null> {
  if (policy === "never") return `"${command}" was not run, because WEIR_INSTALL is never`;
  if (policy === "auto") {
    log(`${reason}. Running "${command}" … (WEIR_INSTALL=never prevents this.)`);
    return null;
  }
  if (!process.stdin.isTTY) return `"${command}" was not run, because WEIR_INSTALL is ask and there is no terminal`;
  return (await agrees(`${reason}. Run "${command}"? [y/N] `)) ? null : `"${command}" was declined`;
}

/** Asks at the terminal. Ctrl-C and the end of the input count as no. */
async function agrees(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once("close", () => closed.abort());
  try {
    const answer = await terminal.question(question, { signal: closed.signal });
    return /^y(?:es)?$/i.test(answer.trim());
  } catch (error) {
    if (closed.signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}

async function install(
  manager: Manager,
  { packages, reason }: Wanted,
  options: InstallOptions,
): Promise<string | null> {
  const command = [...manager.command, ...packages];
  const refused = await mayRun(command.join(" "), reason, options);
  if (refused !== null) return refused;
  const run = (words: readonly string[]): Promise<ProgramResult> =>
    runProgram("env", [...manager.variables, ...words], { timeoutMs: manager.timeoutMs });
  let installed = await run(command);
  if (installed.code !== 0 && manager.refresh !== null) {
    options.log(`Updating the package lists with "${manager.refresh.join(" ")}" …`);
    await run(manager.refresh);
    installed = await run(command);
  }
  return installed.code === 0 ? null : `"${command.join(" ")}" failed (${lastLine(installed.output)})`;
}

/** Installs Debian's packages with apt-get, as root. Resolves to null when they are installed, else to the reason why not. */
export async function installDebianPackages(wanted: Wanted, options: InstallOptions): Promise<string | null> {
  return (await canUseApt()) ? install(apt, wanted, options) : "apt-get needs Debian and root";
}

/** Installs packages with Homebrew. Resolves to null when they are installed, else to the reason why not. */
export async function installWithHomebrew(wanted: Wanted, options: InstallOptions): Promise<string | null> {
  return (await which("brew")) === null ? "Homebrew is not installed" : install(homebrew, wanted, options);
}
