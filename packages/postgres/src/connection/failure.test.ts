import postgres from "postgres";
import { expect, test } from "vitest";
import { leavesConnectionUsable, toDatabaseError } from "./failure";
import { DatabaseError } from "../errors";

const withCode = (code: string): Error => Object.assign(new Error(code), { code });

test("a server that cannot be reached is DATABASE_UNAVAILABLE, whatever reports it", () => {
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "CONNECTION_CLOSED", "CONNECT_TIMEOUT", "57P01", "53300", "08006"]) {
    const cause = withCode(code);
    expect(toDatabaseError(cause), code).toMatchObject({ code: "DATABASE_UNAVAILABLE", cause });
  }
});

test("a statement that the server gave up is DATABASE_TIMEOUT", () => {
  for (const code of ["57014", "25P03"]) {
    expect(toDatabaseError(withCode(code)), code).toMatchObject({ code: "DATABASE_TIMEOUT" });
  }
});

test("what the statement itself did wrong stays as it is", () => {
  for (const error of [withCode("23505"), withCode("42601"), new Error("plain"), "a string", null, undefined]) {
    expect(toDatabaseError(error)).toBe(error);
  }
});

test("an error of the catalogue is not wrapped again", () => {
  const error = new DatabaseError("DATABASE_BUSY");
  expect(toDatabaseError(error)).toBe(error);
});

test("only an error of Postgres that did not end the session leaves the connection usable", () => {
  const answer = (severity: string): Error =>
    Object.assign(Object.create(postgres.PostgresError.prototype) as Error, { severity, severity_local: severity });
  expect(leavesConnectionUsable(answer("ERROR"))).toBe(true);
  expect(leavesConnectionUsable(answer("FATAL"))).toBe(false);
  expect(leavesConnectionUsable(answer("PANIC"))).toBe(false);
  expect(leavesConnectionUsable(withCode("ECONNRESET"))).toBe(false);
});
