import { lastLine, plainEnvironment, runProgram } from "@weir/embedded/processes";
import { installDebianPackages } from "@weir/embedded/system-packages";
import { installing } from "../../../../../bench/installing";

const python = "/usr/bin/python3";
/** By module, with Debian's package. hiredis is not needed but makes redis faster. */
const modules = {
  fastapi: "python3-fastapi",
  uvicorn: "uvicorn",
  uvloop: "python3-uvloop",
  httptools: "python3-httptools",
  asyncpg: "python3-asyncpg",
  redis: "python3-redis",
  hiredis: "python3-hiredis",
  ujson: "python3-ujson",
};

export type FastApi = { versions: Record<string, string> } | { missing: string };

const script = `
import json, platform
from importlib import import_module
versions = {name: import_module(name).__version__ for name in "${Object.keys(modules).join(" ")}".split()}
print(json.dumps({"python": platform.python_version(), **versions}))
`;

async function readVersions(): Promise<Record<string, string> | null> {
  const { code, output } = await runProgram(python, ["-c", script], { env: plainEnvironment });
  // Printed by the script above.
  return code === 0 ? (JSON.parse(lastLine(output)) as Record<string, string>) : null;
}

/** FastAPI with its dependencies, installed where possible; otherwise the reason why it is missing. */
export async function findFastApi(log: (text: string) => void): Promise<FastApi> {
  const present = await readVersions();
  if (present !== null) return { versions: present };
  const reason = await installDebianPackages(
    { packages: Object.values(modules), reason: "FastAPI is not installed" },
    installing(log),
  );
  if (reason !== null) return { missing: `FastAPI: ${reason}` };
  const installed = await readVersions();
  return installed === null ? { missing: `FastAPI: ${python} cannot find its modules` } : { versions: installed };
}
