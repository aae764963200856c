import { describe, expect, test } from "vitest";
import type { Catalog } from "../plan/catalog";
import { readPlan } from "../plan/read-plan";
import { advise } from "./advise";
import { usualProperty } from "./proposed-index";
import { catalogOf, explained, index, scanOfThings } from "./test-catalog";

type Step = Parameters<typeof explained>[0];

function adviceOn(step: Step | null, catalog: Catalog = catalogOf()) {
  const plan = step === null ? null : readPlan(explained(step));
  const planned = plan === null ? [] : [{ name: "thing.list", variant: 0, plan }];
  const uses = new Map([["thing.list", { calls: 10, totalMs: 500 }]]);
  return advise({ planned, uses, catalog, unusedAfterMs: 1, propertyOf: usualProperty }).map(({ advice }) => advice);
}
const brief = (step: Step | null, catalog?: Catalog) =>
  adviceOn(step, catalog).map(({ rule, columns }) => `${rule} ${columns.join()}`);

const sorted = (keys: string[], below: Step): Step => ({
  type: "Limit",
  rows: 10,
  cost: 3_000,
  plans: [{ type: "Sort", rows: below.rows, cost: 2_990, more: { "Sort Key": keys }, plans: [below] }],
});

describe("a sequential scan", () => {
  test("for a few rows proposes an index with equality columns first, then one range", () => {
    expect(brief(scanOfThings(50, "((t.rank > $2) AND (t.owner_id = $1))"))).toEqual(["sequential-scan owner_id,rank"]);
    expect(brief(scanOfThings(50, "(lower(t.name) = $1)"))).toEqual(["sequential-scan lower(name)"]);
  });

  test.for([
    ["for many rows", scanOfThings(50_000, "(t.owner_id = $1)")],
    ["without a condition", scanOfThings(100_000)],
    ["with an OR", scanOfThings(50, "((t.owner_id = $1) OR (t.rank = $2))")],
    ["on a column that no btree supports", scanOfThings(50, "((t.data)::text = $1)")],
    ["on a function that is not immutable", scanOfThings(50, "(to_char(t.rank) = $1)")],
    [
      "that is a small part of the cost",
      { type: "Hash", rows: 50, cost: 200_000, plans: [scanOfThings(50, "(t.rank = 1)")] },
    ],
  ] as const)("is ignored %s", ([, step]) => {
    expect(brief(step as Step)).toEqual([]);
  });

  test("is ignored on a small table", () => {
    const small = catalogOf();
    const [[name, table] = []] = small.tables;
    const catalog = { ...small, tables: new Map([[name ?? "", { ...(table ?? { rows: 0 }), rows: 500 } as never]]) };
    expect(brief(scanOfThings(5, "(t.owner_id = $1)"), catalog)).toEqual([]);
  });

  test.for([
    [["owner_id"], true],
    [["owner_id", "name"], true],
    [["owner_id desc"], true],
    [["name", "owner_id"], false],
  ] as const)("never proposes an index that exists: %j", ([keys, isThere]) => {
    const step = scanOfThings(50, "(t.owner_id = $1)");
    expect(brief(step, catalogOf([index("there", keys)])).length).toBe(isThere ? 0 : 1);
    expect(brief(step, catalogOf([index("there", keys, { isValid: false })])).length).toBe(1);
    expect(brief(step, catalogOf([index("there", keys, { predicate: "rank > 5" })])).length).toBe(1);
  });
});

describe("a sort with a limit", () => {
  test("proposes an index on the equality columns, then the sort order", () => {
    const step = sorted(["t.rank DESC", "t.id"], scanOfThings(20_000, "(t.owner_id = $1)"));
    expect(brief(step)).toEqual(["sort owner_id,rank,id"]);
    const [advice] = adviceOn(step);
    expect(advice?.sql).toEqual([
      'CREATE INDEX CONCURRENTLY "things_owner_id_rank_id" ON "public"."things" USING btree ("owner_id", "rank" DESC, "id")',
    ]);
    expect(advice?.drizzle).toBe('index("things_owner_id_rank_id").on(t.ownerId, t.rank.desc().nullsFirst(), t.id)');
  });

  test("uses DESC NULLS LAST when the statement does, and distinguishes the two", () => {
    const last = sorted(["t.rank DESC NULLS LAST"], scanOfThings(100_000));
    expect(adviceOn(last)[0]?.drizzle).toContain("t.rank.desc().nullsLast()");
    const first = catalogOf([index("there", ["rank desc"])]);
    expect(brief(last, first)).toEqual(["sort rank"]);
    expect(brief(sorted(["t.rank DESC"], scanOfThings(100_000)), first)).toEqual([]);
    expect(brief(sorted(["t.rank"], scanOfThings(100_000)), first)).toEqual([]);
  });

  test("is merged with the scan below it when both need the same index", () => {
    const [advice, ...more] = adviceOn(sorted(["t.rank"], scanOfThings(5_000, "(t.owner_id = $1)")));
    expect(more).toEqual([]);
    expect(advice?.columns).toEqual(["owner_id", "rank"]);
    expect(advice?.reasons).toHaveLength(2);
  });

  test.for([
    ["of few rows", sorted(["t.rank"], scanOfThings(500))],
    ["by an expression", sorted(["(t.rank + 1)"], scanOfThings(100_000))],
    ["by another collation", sorted(['t.name COLLATE "C"'], scanOfThings(100_000))],
    ["without a limit", sorted(["t.rank"], scanOfThings(100_000)).plans?.[0]],
  ] as const)("is ignored %s", ([, step]) => {
    expect(brief(step ?? null)).toEqual([]);
  });

  test("by a distance proposes GiST, or nothing where it would not help", () => {
    expect(brief(sorted(["((t.place <-> $1))"], scanOfThings(100_000)))).toEqual(["nearest place"]);
    expect(brief(sorted(["((t.rank <-> $1))"], scanOfThings(100_000)))).toEqual([]);
    expect(
      brief(
        sorted(["((t.place <-> $1))"], scanOfThings(100_000)),
        catalogOf([index("there", ["place"], { method: "gist" })]),
      ),
    ).toEqual([]);
  });
});

describe("a pattern", () => {
  test("proposes trigrams, or a btree for a known prefix", () => {
    const sqlOf = (filter: string, catalog?: Catalog) => adviceOn(scanOfThings(10, filter), catalog)[0]?.sql;
    expect(sqlOf("(t.name ~~ $1)")?.[0]).toContain('USING gin ("name" gin_trgm_ops)');
    expect(sqlOf("(t.name ~~* '%x%'::text)")?.[0]).toContain("gin_trgm_ops");
    expect(sqlOf("(t.name ~~ 'abc%'::text)")?.[0]).toContain('USING btree ("name" text_pattern_ops)');
    expect(sqlOf("(lower(t.name) ~~ $1)")?.[0]).toContain("((lower(name)) gin_trgm_ops)");
    const bare = catalogOf([], { extensions: new Set() });
    expect(sqlOf("(t.name ~~ $1)", bare)?.[0]).toBe('CREATE EXTENSION IF NOT EXISTS "pg_trgm"');
    expect(sqlOf("(t.name !~~ $1)")).toBeUndefined();
  });
});

describe("advice", () => {
  test("avoids index names that are taken", () => {
    const taken = catalogOf([index("things_owner_id", ["rank"])]);
    expect(adviceOn(scanOfThings(5, "(t.owner_id = $1)"), taken)[0]?.index).toBe("things_owner_id_2");
  });

  test("never proposes dropping an index that a constraint, a replica or uniqueness needs", () => {
    const unused = { scans: 0 };
    const needed = [
      index("a", ["rank"], { ...unused, isUnique: true }),
      index("b", ["rank"], { ...unused, isConstraint: true }),
    ];
    expect(brief(null, catalogOf(needed))).toEqual([]);
    expect(brief(null, catalogOf([...needed, index("c", ["rank"], unused)]))).toEqual(["duplicate-index rank"]);
  });

  test("does not report unused indexes when the start of counting is unknown", () => {
    const idle = [index("idle", ["rank"], { scans: 0 })];
    expect(brief(null, catalogOf(idle))).toEqual(["unused-index rank"]);
    expect(brief(null, catalogOf(idle, { countedForMs: null }))).toEqual([]);
  });
});
