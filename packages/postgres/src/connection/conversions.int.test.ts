import fc from "fast-check";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Connection, createConnection } from "./connection";

let connection: Connection;
beforeAll(() => {
  connection = createConnection({
    url: inject("databaseUrl"),
    applicationName: "weir conversions test",
    statementTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    prepare: true,
  });
});
afterAll(() => connection.end());

async function echo(type: string, value: unknown): Promise<unknown> {
  const rows = await connection.send(`select $1::${type} as value`, [value], { prepare: true, shape: "objects" });
  return rows[0]?.["value"];
}

test("arrays of text come back as they were", async () => {
  const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));
  const element = fc.option(fc.oneof(text, fc.constantFrom("NULL", "", '"', "\\", "{}", ",", "\n", " x ")));
  await fc.assert(
    fc.asyncProperty(fc.array(element), async (values) => {
      expect(await echo("text[]", values)).toEqual(values);
    }),
  );
});

test("arrays of numbers and booleans come back as they were", async () => {
  expect(await echo("int[]", [1, -2, null, 2_147_483_647])).toEqual([1, -2, null, 2_147_483_647]);
  expect(await echo("int[]", [])).toEqual([]);
  expect(await echo("float8[]", [0.1, 1e300, -0.5])).toEqual([0.1, 1e300, -0.5]);
  expect(await echo("boolean[]", [true, false, null])).toEqual([true, false, null]);
  const nested = [
    [1, 2],
    [3, 4],
  ];
  expect(await echo("int[]", nested)).toEqual(nested);
});

test("numbers that JavaScript cannot hold stay text, in arrays too", async () => {
  expect(await echo("bigint", "9007199254740993")).toBe("9007199254740993");
  expect(await echo("bigint[]", ["9007199254740993"])).toEqual(["9007199254740993"]);
});

test("dates stay the text that Postgres sent", async () => {
  expect(await echo("timestamptz", "2024-02-29T12:00:00Z")).toMatch(/^2024-02-29 \d\d:00:00[+-]\d\d$/);
});
