import { describe, expect, test } from "vitest";
import { Book } from "./book";
import { renderPrometheus } from "./prometheus";

function render(fill: (book: Book) => void): string {
  const totals = new Book(10);
  fill(totals);
  const memory = { rss: 100, heapUsed: 50, heapTotal: 70 };
  return renderPrometheus({ totals, dropped: 2, eventLoopUtilisation: 0.25, memory });
}

function call(book: Book, procedure: string, durationMs: number, errorCode: string | null = null): void {
  book.rpc.at("app", procedure).record({ procedure, type: "query", durationMs, ok: errorCode === null, errorCode });
}

function fillAll(book: Book): void {
  for (const durationMs of [0.01, 1, 1.5, 40_000]) call(book, "city.byId", durationMs);
  call(book, "city.byId", 8, "NOT_FOUND");
  book.rpc.at("admin", "city.byId").merge(book.rpc.at("app", "city.byId"));
  const read = { type: "read", group: "city.byId", durationMs: 1 } as const;
  const group = book.cache.at("app", "city.byId");
  group.record({ ...read, outcome: "hit", tier: "l2", loadMs: null });
  group.record({ ...read, outcome: "miss", tier: null, loadMs: 5 });
  group.recordLoad({ type: "load", group: "city.byId", durationMs: 5, ok: true, keys: 1, background: false });
  book.sql.at("job", "by_id").record({ statement: "by_id", text: "", waitMs: 2, durationMs: 3, rows: 1, ok: true });
}

/** One line of the text format 0.0.4. */
const comment = /^# (HELP|TYPE) [a-z_]+ .+$/;
const sample =
  /^[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})? (\d+(\.\d+)?(e-?\d+)?)$/;

describe("the Prometheus page", () => {
  test("is text of the exposition format, each metric in one block behind its HELP and TYPE", () => {
    const page = render(fillAll);
    expect(page.endsWith("\n")).toBe(true);
    const blocks: string[] = [];
    for (const line of page.slice(0, -1).split("\n")) {
      expect(line).toMatch(line.startsWith("#") ? comment : sample);
      if (line.startsWith("# HELP ")) blocks.push(line.split(" ")[2] ?? "");
      const name = /^[a-z_]+/.exec(line)?.[0] ?? line.split(" ")[2];
      expect(name?.replace(/_(bucket|sum|count)$/, "")).toBe(blocks.at(-1));
    }
    expect(new Set(blocks).size).toBe(blocks.length);
  });

  test("holds every core metric with its labels", () => {
    const lines = render(fillAll).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        'weir_rpc_duration_seconds_count{procedure="city.byId",ok="true"} 8',
        'weir_rpc_duration_seconds_sum{procedure="city.byId",ok="false"} 0.016',
        'weir_rpc_errors_total{procedure="city.byId",code="NOT_FOUND"} 2',
        'weir_cache_reads_total{group="city.byId",outcome="hit",tier="l2"} 1',
        'weir_cache_reads_total{group="city.byId",outcome="miss",tier="none"} 1',
        'weir_cache_load_seconds_sum{group="city.byId"} 0.005',
        'weir_sql_duration_seconds_sum{statement="by_id"} 0.003',
        'weir_pool_wait_seconds_bucket{le="0.002"} 1',
        "weir_pool_wait_seconds_sum 0.002",
        "weir_eventloop_utilisation 0.25",
        "weir_telemetry_dropped_total 2",
        "process_resident_memory_bytes 100",
      ]),
    );
  });

  test("counts buckets cumulatively, an edge included, up to +Inf", () => {
    const page = render((book) => {
      for (const durationMs of [0.01, 1, 1.5, 40_000]) call(book, "p", durationMs);
    });
    const bucket = /_bucket\{procedure="p",ok="true",le="([^"]+)"\} (\d+)/g;
    const counts = Object.fromEntries([...page.matchAll(bucket)].map(([, le, count]) => [le, Number(count)]));
    expect([counts["0.0000625"], counts["0.0005"], counts["0.001"], counts["0.002"]]).toEqual([1, 1, 2, 3]);
    expect([counts["32.768"], counts["+Inf"]]).toEqual([3, 4]);
    expect(Object.keys(counts)).toHaveLength(21);
  });

  test("escapes what a label may not hold as it is", () => {
    const page = render((book) => call(book, 'a"b\\c\nd', 1));
    expect(page).toContain(String.raw`procedure="a\"b\\c\nd"`);
  });
});
