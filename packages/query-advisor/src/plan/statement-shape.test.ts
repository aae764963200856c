import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isExplainable,
  isPlainRead,
  normaliseStatement,
  readShape,
  redactConstants,
  sqlTokens,
  withoutEnd,
} from "./statement-shape";

/** The characters that SQL syntax is made of. */
const letters = fc.constantFrom(
  "'",
  '"',
  "$",
  "a",
  "1",
  " ",
  "-",
  "/",
  "*",
  "\n",
  "\\",
  "E",
  "é",
  ";",
  "(",
  ".",
  ":",
  "u",
  "&",
  "?",
  "😀",
);

describe("a statement's text", () => {
  test.for([
    ["select 1", true],
    ["select 1;", true],
    ["select 1 ; ; -- done", true],
    ["select 1; drop table t", false],
    ["select ';' ", true],
    ["select 'it''s;' || E'a\\';b'", true],
    ["select $$;$$, $x$ ; $y$ ; $x$", true],
    ['select ";" from t', true],
    ["select 1 /* ; /* ; */ ; */", true],
    ["select 1 -- ;\n + 1", true],
    ["select 1 /* */; commit", false],
    ["select 'a\\'; commit; --'", false],
    ["select 1 +-- ;\n 2", true],
  ] as const)("%s is one command: %s", ([text, isSingle]) => {
    expect(readShape(text).isSingle).toBe(isSingle);
  });

  test("has its command, the functions it calls and the number of its parameters", () => {
    const shape = readShape('( WITH a AS (SELECT pg_catalog.Now(), "My""F"(1)) SELECT $2, $10 from a where x in ($1))');
    expect([shape.command, shape.parameters]).toEqual(["with", 10]);
    expect(shape.functions).toEqual(expect.arrayContaining(["now", 'My"F']));
    expect(shape.functions).not.toContain("a");
  });

  test("explains only a single row statement and runs only a read", () => {
    const of = (text: string) => [isExplainable(readShape(text)), isPlainRead(readShape(text))];
    expect(of("select 1")).toEqual([true, true]);
    expect(of("(select 1) union all select 2")).toEqual([true, true]);
    expect(of("values (1)")).toEqual([true, true]);
    expect(of("select * into copy from t")).toEqual([true, false]);
    expect(of("update t set a = 1")).toEqual([true, false]);
    expect(of("execute stolen")).toEqual([false, false]);
    expect(of("create table x as select 1")).toEqual([false, false]);
    expect(of("analyze select 1")).toEqual([false, false]);
    expect(of("select 1; select 2")).toEqual([false, false]);
    expect(of("")).toEqual([false, false]);
  });

  test("can be continued once its end is stripped", () => {
    expect(withoutEnd("select 1 ; -- that is all")).toBe("select 1");
    expect(withoutEnd("-- nothing")).toBe("");
  });

  test("is the same regardless of constants, whitespace and list lengths", () => {
    const one = normaliseStatement("SELECT  a FROM t\n WHERE b = 'x' and c in (1, 2,3) -- why\n limit $1");
    expect(one).toBe("select a from t where b = ? and c in ( ? ) limit ?");
    expect(normaliseStatement("select a from t where b = $2 and c in ($3) limit $1;")).toBe(one);
  });

  test("tokens cover every text without overlap and in order", () => {
    fc.assert(
      fc.property(fc.string({ unit: letters }), (text) => {
        let end = 0;
        return sqlTokens(text).every((token) => {
          const isNext = token.from >= end && token.text !== "" && text.startsWith(token.text, token.from);
          end = token.from + token.text.length;
          return isNext;
        });
      }),
    );
  });
});

describe("a plan's expressions", () => {
  test("lose every constant and keep names and placeholders", () => {
    expect(redactConstants("((t.name2 = 'O''Brien'::text) AND (t.a > '-5.2'::numeric) AND (b = $3) OR c < 42)")).toBe(
      "((t.name2 = '…'::text) AND (t.a > '…'::numeric) AND (b = $3) OR c < '…')",
    );
  });

  test("never reveal a text value, whatever it contains", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: letters }), (value) => {
        const literal = `'${value.replaceAll("'", "''")}'`;
        expect(redactConstants(`(name = ${literal}::text)`)).toBe("(name = '…'::text)");
      }),
    );
  });
});
