import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { processIsAlive, runProgram, waitUntil } from "./processes";

test("a program's output and exit code come back, whatever stream it wrote to", async () => {
  const both = ["-c", "echo out; echo err >&2; exit 3"];
  expect(await runProgram("/bin/sh", both)).toEqual({ code: 3, output: "out\nerr\n" });
});

test("a program that does not exist, and one that takes too long, resolve without a code and say why", async () => {
  expect(await runProgram("/nowhere/program", [])).toEqual({ code: null, output: expect.stringContaining("ENOENT") });
  const endless = await runProgram("/bin/sh", ["-c", "read -r line < /dev/zero"], { timeoutMs: 50 });
  expect(endless).toEqual({ code: null, output: expect.stringContaining("took too long") });
});

test.runIf(existsSync("/proc/self"))("a zombie is not alive, although signals reach it", async () => {
  // The program that replaces the shell does not wait for the shell's child, which stays a zombie.
  const script = "cat <&3 >/dev/null & echo $!; exec sleep 60 3<&-";
  const parent = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore", "pipe"] });
  const [, output, , input] = parent.stdio;
  try {
    if (!output || !input || !("end" in input)) throw new Error("A pipe is missing.");
    const [line] = (await once(output, "data")) as [Buffer]; // What `data` passes.
    const pid = Number(line.toString());
    const isReplaced = (): boolean => readFileSync(`/proc/${parent.pid}/comm`, "utf8") === "sleep\n";
    expect(await waitUntil(isReplaced, 10_000)).toBe(true);
    input.end();
    const isZombie = (): boolean => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
    expect(await waitUntil(isZombie, 10_000)).toBe(true);
    expect(process.kill(pid, 0)).toBe(true);
    expect(processIsAlive(pid)).toBe(false);
  } finally {
    parent.kill("SIGKILL");
    await once(parent, "exit");
  }
});

test("a program gets its standard input, and one that reads none does not fail", async () => {
  expect(await runProgram("/bin/cat", [], { input: "words" })).toEqual({ code: 0, output: "words" });
  expect(await runProgram("/bin/true", [], { input: "x".repeat(1_000_000) })).toEqual({ code: 0, output: "" });
});
