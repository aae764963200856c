import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { freePort, processIsAlive } from "@weir/embedded/processes";
import { startServer } from "./server-process";

const pidFolder = mkdtempSync(join(tmpdir(), "weir-bench-"));
afterAll(() => rmSync(pidFolder, { recursive: true }));

async function start(script: string) {
  const port = await freePort();
  const args = ["-e", script, String(port)];
  return startServer({ name: "a server", file: process.execPath, args, port, readyPath: "/", pidFolder });
}

describe("startServer", () => {
  it("resolves when the server responds, and stops it", async () => {
    const server = await start(
      `require("node:http").createServer((req, res) => res.end("yes")).listen(process.argv[1], "127.0.0.1")`,
    );
    expect(await (await fetch(server.origin)).text()).toBe("yes");
    expect(existsSync(join(pidFolder, "a-server.pid"))).toBe(true);
    await server.stop();
    expect(processIsAlive(server.pid)).toBe(false);
    expect(existsSync(join(pidFolder, "a-server.pid"))).toBe(false);
  });

  it("reports the last output of a server that exits instead", async () => {
    await expect(start(`console.error("no such table"); process.exit(3)`)).rejects.toThrow("no such table");
  });

  it("reports a missing program", async () => {
    const port = await freePort();
    const options = { name: "nothing", file: "/nowhere/at/all", args: [], port, readyPath: "/", pidFolder };
    await expect(startServer(options)).rejects.toThrow("nothing could not be started");
  });
});
