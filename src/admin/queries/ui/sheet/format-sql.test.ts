import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatSql, sqlText } from "./format-sql";

const format = (sql: string): string => sqlText(formatSql(sql));

describe("SQL is shown", () => {
  test.each([
    [
      `select "id", "name" from "orders" where "orders"."id" = $1 and "total" > 5 order by "id" desc limit $2`,
      `select "id", "name"\nfrom "orders"\nwhere "orders"."id" = $1\n  and "total" > 5\norder by "id" desc\nlimit $2`,
    ],
    [
      "select count(*) from a left join b on b.id = a.b where a.x in (select x from c where d = 'from  here')",
      "select count(*)\nfrom a\nleft join b on b.id = a.b\nwhere a.x in (\n  select x\n  from c\n  where d = 'from  here'\n)",
    ],
    [
      "insert into a (x, y) values ($1, $2) on conflict (x) do update set y = excluded.y returning id",
      "insert into a (x, y)\nvalues ($1, $2) on conflict (x) do update\nset y = excluded.y\nreturning id",
    ],
    [
      "select a from b where (c = 1 and d in (1, 2) and e = f(1, 2))",
      "select a\nfrom b\nwhere (c = 1\n  and d in (1, 2)\n  and e = f(1, 2))",
    ],
    ["select extract(epoch from now()) for update", "select extract(epoch from now())\nfor update"],
    ["select 1 -- why from where\n from a", "select 1 -- why from where\nfrom a"],
  ])("with one clause per line: %s", (sql, shown) => {
    expect(format(sql)).toBe(shown);
  });

  test("with its keywords and placeholders marked, and words inside quotes left alone", () => {
    const parts = formatSql(`select "from" from a where b = 'where' and c = $12`);
    const of = (wanted: string) => parts.filter(({ kind }) => kind === wanted).map(({ text }) => text);
    expect([of("keyword"), of("placeholder"), of("literal")]).toEqual([
      ["select", "from", "where", "and"],
      ["$12"],
      ["'where'"],
    ]);
  });

  test("with backslashes as characters, except in strings that say otherwise", () => {
    const literals = (sql: string) => formatSql(sql).flatMap(({ kind, text }) => (kind === "literal" ? [text] : []));
    expect(literals(String.raw`select replace(a, '\', '\\') from b where c = 'd'`)).toEqual([
      String.raw`'\'`,
      String.raw`'\\'`,
      "'d'",
    ]);
    expect(literals(String.raw`select E'it\'s' from a where b = 'c'`)).toEqual([String.raw`E'it\'s'`, "'c'"]);
  });

  test("with nothing changed but blanks, whatever it is", () => {
    const pieces = [
      "select",
      "from",
      "(",
      ")",
      " ",
      "\n",
      "'a  b'",
      '"x  y"',
      "$1",
      "--c\n",
      "/* d */",
      "and",
      "left",
      ",",
      "é",
    ];
    const bare = (sql: string): string => sql.replaceAll(/\s+/g, "");
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces)), (chosen) => {
        expect(bare(format(chosen.join("")))).toBe(bare(chosen.join("")));
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(bare(format(text))).toBe(bare(text));
      }),
    );
  });
});
