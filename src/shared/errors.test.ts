import { expect, test } from "vitest";
import { errorCatalogue, type ErrorCode, WeirError } from "./errors";

const codes = Object.keys(errorCatalogue) as ErrorCode[]; // Object.keys widens the keys it returns.

test.for(codes)("%s carries the message and the tRPC code of the catalogue", (code) => {
  const error = new WeirError(code);
  expect(error).toMatchObject({ name: "WeirError", code, ...errorCatalogue[code] });
  expect(error.cause).toBeUndefined();
});

test("a detail follows the message, a cause stays out of it", () => {
  const cause = new Error("password authentication failed for user weir");
  const error = new WeirError("DATABASE_UNAVAILABLE", { detail: "Attempt 2.", cause });
  expect(error.message).toBe(`${errorCatalogue.DATABASE_UNAVAILABLE.message} Attempt 2.`);
  expect(error.cause).toBe(cause);
  expect(JSON.stringify(error)).not.toContain("password");
});

test("every message is a sentence that shows nothing of the inside", () => {
  for (const code of codes) {
    const { message } = errorCatalogue[code];
    expect(message, code).toMatch(/^[A-Z].*\.$/);
    expect(message, code).not.toMatch(/postgres|redis|sql|stack|node_modules/i);
  }
});
