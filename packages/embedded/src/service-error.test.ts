import { expect, test } from "vitest";
import { exitReason, explainFullDisk, ServiceError } from "./service-error";

const postgresLog = `2026-01-01 10:00:00 UTC [7] LOG:  starting PostgreSQL
2026-01-01 10:00:01 UTC [7] FATAL:  could not create lock file "postmaster.pid"
2026-01-01 10:00:01 UTC [7] LOG:  database system is shut down`;

test("the exit reason is the last fatal line of a log, else its last line", () => {
  expect(exitReason(postgresLog)).toBe('could not create lock file "postmaster.pid"');
  expect(exitReason("one\ntwo\n")).toBe("two");
  expect(exitReason("")).toBe("it exited without any output");
});

test("a full disk is found wherever the log reports it, and explained with the fix", () => {
  const log = `PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device\nAborted (core dumped)\n${postgresLog}`;
  const explained = explainFullDisk(new Error(exitReason(log)), "/data/weir");
  expect(explained).toBeInstanceOf(ServiceError);
  expect(explained).toMatchObject({
    message: expect.stringMatching(/disk that contains \/data\/weir is full\. .*DATA_DIR/),
  });
});

test("the system's own error for a full disk is explained too, any other error is not", () => {
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  expect(explainFullDisk(full, "/data")).toBeInstanceOf(ServiceError);
  const other = Object.assign(new Error("write"), { code: "EIO" });
  expect(explainFullDisk(other, "/data")).toBe(other);
});
