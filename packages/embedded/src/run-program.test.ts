import { expect, test } from "vitest";
import { lastWords, runProgram } from "./run-program";
import { explainFullDisk, ServiceError } from "./service-error";

test("a program's output and exit code come back, whatever stream it wrote to", async () => {
  const both = ["-c", "echo out; echo err >&2; exit 3"];
  expect(await runProgram("/bin/sh", both)).toEqual({ code: 3, output: "out\nerr\n" });
});

test("a program that does not exist, and one that takes too long, come back without a code and say why", async () => {
  expect(await runProgram("/nowhere/program", [])).toEqual({ code: null, output: expect.stringContaining("ENOENT") });
  const endless = await runProgram("/bin/sh", ["-c", "read -r line < /dev/zero"], { timeoutMs: 50 });
  expect(endless).toEqual({ code: null, output: expect.stringContaining("took too long") });
});

const postgresLog = `2026-01-01 10:00:00 UTC [7] LOG:  starting PostgreSQL
2026-01-01 10:00:01 UTC [7] FATAL:  could not create lock file "postmaster.pid"
2026-01-01 10:00:01 UTC [7] LOG:  database system is shut down`;

test("of a log the reason is shown: the fatal line rather than the last one", () => {
  expect(lastWords(postgresLog)).toBe('could not create lock file "postmaster.pid"');
  expect(lastWords("one\ntwo\n")).toBe("two");
  expect(lastWords("")).toBe("it ended without a word");
});

test("a full disk is found wherever the log says so, and explained with its cure", () => {
  const log = `PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device\nAborted (core dumped)\n${postgresLog}`;
  const explained = explainFullDisk(new Error(lastWords(log)), "/data/weir");
  expect(explained).toBeInstanceOf(ServiceError);
  expect(explained).toMatchObject({
    message: expect.stringMatching(/disk that holds \/data\/weir is full\. .*DATA_DIR/),
  });
});

test("the system's own error for a full disk is explained too, and no other error is", () => {
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  expect(explainFullDisk(full, "/data")).toBeInstanceOf(ServiceError);
  const other = Object.assign(new Error("write"), { code: "EIO" });
  expect(explainFullDisk(other, "/data")).toBe(other);
});
