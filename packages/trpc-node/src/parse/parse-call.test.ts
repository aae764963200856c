import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSearch } from "./parse-call";

const printable = fc.string({
  unit: fc.constantFrom(...Array.from("abimnput=&&==%%+12567890EFBC?;/'{}[]\",:<>ch")),
  maxLength: 30,
});
const parameters = fc
  .array(
    fc.oneof(printable, fc.constantFrom("input=1", "batch=1", "batch=0", "input=%7B", "input", "input=", "batch")),
    { maxLength: 5 },
  )
  .map((parts) => parts.join("&"));

test("a search that parses gives what URLSearchParams gives", () => {
  let understood = 0;
  fc.assert(
    fc.property(parameters, (search) => {
      const parsed = parseSearch(search);
      if (parsed === null) return;
      understood += 1;
      const expected = new URL(`http://localhost/?${search}`).searchParams;
      expect(parsed).toEqual({ isBatch: expected.get("batch") === "1", input: expected.get("input") });
      expect(expected.has("connectionParams")).toBe(false);
    }),
    { numRuns: 5_000 },
  );
  expect(understood).toBeGreaterThan(500);
});

test.each(["input=%", "input=%FF", "%69nput=1", "batch=%31", "a+b=1", "connectionParams=%7B%7D", "connectionParams"])(
  "%s is left to a full parser",
  (search) => {
    expect(parseSearch(search)).toBeNull();
  },
);

test("ordinary searches are parsed", () => {
  expect(parseSearch("")).toEqual({ isBatch: false, input: null });
  expect(parseSearch("input=%7B%22id%22%3A1%7D")).toEqual({ isBatch: false, input: '{"id":1}' });
  expect(parseSearch("batch=1&input=%7B%220%22%3A%22a%20b%22%7D")).toEqual({ isBatch: true, input: '{"0":"a b"}' });
});
