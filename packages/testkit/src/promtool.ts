import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { lastLine, plainEnvironment, runProgram } from "@weir/embedded/processes";
import { type InstallOptions, mayRun } from "@weir/embedded/system-packages";

const env = { ...plainEnvironment, PATH: "/usr/sbin:/usr/bin:/sbin:/bin", DEBIAN_FRONTEND: "noninteractive" };
/** Downloaded once per user. Not in the folder for temporary files, where any user could leave a program of this name. */
const cached = join(homedir(), ".cache/weir");

async function works(path: string): Promise<boolean> {
  return (await runProgram(path, ["--version"], { timeoutMs: 30_000 })).code === 0;
}

/** Does not install the package, which would start a service. */
async function fetchFromDebian(options: InstallOptions): Promise<string | { reason: string }> {
  if (process.getuid?.() !== 0)
    return { reason: "promtool is not on PATH, and downloading Debian's package needs root" };
  const refused = await mayRun("apt-get download prometheus", "promtool is not on PATH", options);
  if (refused !== null) return { reason: refused };
  const folder = await mkdtemp(join(tmpdir(), "weir-promtool-"));
  try {
    const download = () => runProgram("apt-get", ["download", "prometheus"], { cwd: folder, env, timeoutMs: 300_000 });
    let fetched = await download();
    if (fetched.code === null && /ENOENT/.test(fetched.output)) {
      return { reason: "promtool is not on PATH, and there is no apt-get" };
    }
    if (fetched.code !== 0) {
      await runProgram("apt-get", ["update"], { env, timeoutMs: 120_000 });
      fetched = await download();
    }
    const archive = (await readdir(folder)).find((name) => name.endsWith(".deb"));
    if (archive === undefined) return { reason: `apt-get could not download prometheus: ${lastLine(fetched.output)}` };
    const unpacked = await runProgram("dpkg", ["-x", archive, "."], { cwd: folder, env, timeoutMs: 120_000 });
    if (unpacked.code !== 0) return { reason: `dpkg could not unpack it: ${lastLine(unpacked.output)}` };
    await mkdir(cached, { recursive: true });
    // Renamed when it is complete: other runs may be looking.
    const fresh = join(cached, `promtool.${process.pid}`);
    await copyFile(join(folder, "usr/bin/promtool"), fresh);
    await rename(fresh, join(cached, "promtool"));
    return join(cached, "promtool");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Finds promtool, Prometheus' own checker: on PATH, else from Debian's package, which is downloaded once and not installed.
 * Resolves to its path, or to the reason why there is none.
 */
export async function findPromtool(options: InstallOptions): Promise<string | { reason: string }> {
  for (const path of ["promtool", join(cached, "promtool")]) if (await works(path)) return path;
  return fetchFromDebian(options);
}
