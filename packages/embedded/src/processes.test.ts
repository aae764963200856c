import { expect, test } from "vitest";
import { runProgram } from "./processes";

test("a program's output and exit code come back, whatever stream it wrote to", async () => {
  const both = ["-c", "echo out; echo err >&2; exit 3"];
  expect(await runProgram("/bin/sh", both)).toEqual({ code: 3, output: "out\nerr\n" });
});

test("a program that does not exist, and one that takes too long, resolve without a code and say why", async () => {
  expect(await runProgram("/nowhere/program", [])).toEqual({ code: null, output: expect.stringContaining("ENOENT") });
  const endless = await runProgram("/bin/sh", ["-c", "read -r line < /dev/zero"], { timeoutMs: 50 });
  expect(endless).toEqual({ code: null, output: expect.stringContaining("took too long") });
});
