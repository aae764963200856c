import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findRedis } from "./find-redis";
import { messageOf, ServiceError } from "./service-error";

let folder: string;
const program = (name: string, text: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
};
const server = "echo 'Redis server v=7.2.4 sha=0'";

/** A PATH with these programs only. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-path-"));
  symlinkSync("/usr/bin/env", join(folder, "env"));
  vi.stubEnv("PATH", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test("a server on the PATH is used, and nothing is installed or said", async () => {
  program("valkey-server", "echo 'Valkey server v=8.0.1 sha=0'");
  const log = vi.fn<(line: string) => void>();
  await expect(findRedis({ policy: "auto", log })).resolves.toEqual({
    path: join(folder, "valkey-server"),
    version: "8.0",
  });
  expect(log).not.toHaveBeenCalled();
});

test("without a server and a package manager the error lists the ways", async () => {
  const error = await refusal(findRedis({ policy: "auto", log: () => undefined }));
  expect(error).toBeInstanceOf(ServiceError);
  expect(messageOf(error)).toMatch(
    /^No Redis server found: no redis-server or valkey-server on PATH; apt-get needs Debian and root; Homebrew is not installed\. Install .*REDIS_URL and QUEUE_REDIS_URL/,
  );
});

const managers = [
  { name: "apt-get", command: "apt-get install -y --no-install-recommends redis-tools" },
  { name: "brew", command: "brew install redis" },
];

describe.each(managers)("with $name", ({ name, command }) => {
  const isUsable = name !== "apt-get" || process.getuid?.() === 0;
  const ran = (): string => join(folder, "ran");
  /** A package manager that records its arguments and brings a server. */
  const manager = (result: string): void =>
    program(name, `echo "${name} $*" >> ${ran()}\nprintf '#!/bin/sh\\n%s\\n' "${server}" > ${folder}/new\n${result}`);
  const brings = (): string => `/bin/mv ${folder}/new ${folder}/redis-server; /bin/chmod 755 ${folder}/redis-server`;

  test.runIf(isUsable)("an installation is announced with its command before it begins", async () => {
    manager(brings());
    const said: { line: string; begun: boolean }[] = [];
    const log = (line: string): void => void said.push({ line, begun: existsSync(ran()) });
    await expect(findRedis({ policy: "auto", log })).resolves.toMatchObject({ version: "7.2" });
    expect(readFileSync(ran(), "utf8")).toBe(`${command}\n`);
    expect(said).toEqual([
      { line: `Redis is not installed. Running "${command}" … (WEIR_INSTALL=never prevents this.)`, begun: false },
    ]);
  });

  test.runIf(isUsable).each(["never", "ask"] as const)(
    "%s without a terminal installs nothing, and the error names the command",
    async (policy) => {
      manager(brings());
      const log = vi.fn<(line: string) => void>();
      const error = await refusal(findRedis({ policy, log }));
      expect(error).toBeInstanceOf(ServiceError);
      expect(messageOf(error)).toContain(`"${command}" was not run, because WEIR_INSTALL is ${policy}`);
      expect(existsSync(ran())).toBe(false);
      expect(log).not.toHaveBeenCalled();
    },
  );

  test.runIf(isUsable)("nothing is installed unless the caller allows it", async () => {
    manager(brings());
    expect(await refusal(findRedis())).toBeInstanceOf(ServiceError);
    expect(existsSync(ran())).toBe(false);
  });

  test.runIf(isUsable)("a failed installation is reported in the manager's words", async () => {
    manager("echo 'Unable to locate package'; exit 100");
    const error = await refusal(findRedis({ policy: "auto", log: () => undefined }));
    expect(messageOf(error)).toContain(`"${command}" failed (Unable to locate package)`);
  });
});
