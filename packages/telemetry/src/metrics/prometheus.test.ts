import { describe, expect, test } from "vitest";
import { observerCounters } from "@weir/core/channels";
import type { MetricSnapshot } from "../store/snapshot";
import { catalogue } from "./catalogue";
import { processSnapshotOf, fillAll } from "./test-snapshot";
import { renderPrometheus } from "./prometheus";

async function render(fill: (snapshot: MetricSnapshot) => void, maxSeries?: number): Promise<string> {
  let page = "";
  for await (const piece of renderPrometheus(processSnapshotOf(fill, maxSeries))) page += piece;
  return page;
}

function call({ tables }: MetricSnapshot, procedure: string, durationMs: number): void {
  const message = { procedure, type: "query", durationMs, ok: true, errorCode: null } as const;
  tables.rpc.at("app", procedure).record(message);
}

/** One line of text format 0.0.4. */
const comment = /^# (HELP|TYPE) [a-z_]+ .+$/;
const sample =
  /^[a-z_]+(\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*\})? (\d+(\.\d+)?(e-?\d+)?)$/;

describe("the Prometheus page", () => {
  test("is valid exposition format with each metric in one block after its HELP and TYPE", async () => {
    const page = await render((snapshot) => fillAll(snapshot));
    expect(page.endsWith("\n")).toBe(true);
    const blocks: string[] = [];
    for (const line of page.slice(0, -1).split("\n")) {
      expect(line).toMatch(line.startsWith("#") ? comment : sample);
      if (line.startsWith("# HELP ")) blocks.push(line.split(" ")[2] ?? "");
      const name = /^[a-z_]+/.exec(line)?.[0] ?? line.split(" ")[2];
      expect([blocks.at(-1), `${blocks.at(-1)}_bucket`, `${blocks.at(-1)}_sum`, `${blocks.at(-1)}_count`]).toContain(
        name,
      );
    }
    expect(new Set(blocks).size).toBe(blocks.length);
    expect(blocks).toEqual(catalogue.map(({ name }) => name));
  });

  test("uses base units and ends counters in _total", () => {
    for (const { name, type, unit } of catalogue) {
      expect(name).toMatch(/^(weir|process|nodejs)_[a-z_]+$/);
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      expect(name, name).not.toMatch(/_(ms|millis|milliseconds|kb|kilobytes|percent)(_|$)/);
      const hasUnit = /_(seconds|bytes)(_total)?$/.exec(name)?.[1];
      expect(unit === "ratio" ? undefined : (unit ?? undefined), name).toBe(hasUnit);
    }
  });

  test("contains the counts with their labels", async () => {
    const page = await render((snapshot) => {
      fillAll(snapshot);
      snapshot.tables.rpc.at("admin", "note.byId").merge(snapshot.tables.rpc.at("app", "note.byId"));
    });
    expect(page.split("\n")).toEqual(
      expect.arrayContaining([
        'weir_rpc_duration_seconds_count{procedure="note.byId",ok="true"} 8',
        'weir_rpc_duration_seconds_sum{procedure="note.byId",ok="false"} 0.016',
        'weir_rpc_errors_total{procedure="note.byId",code="NOT_FOUND"} 2',
        "weir_rpc_in_flight 3",
        'weir_rpc_response_bytes_bucket{procedure="note.byId",le="255"} 0',
        'weir_rpc_response_bytes_bucket{procedure="note.byId",le="1023"} 8',
        'weir_rpc_statements_bucket{procedure="note.byId",le="1"} 0',
        'weir_rpc_statements_bucket{procedure="note.byId",le="3"} 8',
        'weir_rpc_statements_sum{procedure="note.byId"} 16',
        'weir_rpc_pool_wait_seconds_total{procedure="note.byId"} 0.008',
        'weir_cache_reads_total{group="note.byId",outcome="hit",tier="l2"} 1',
        'weir_cache_reads_total{group="note.byId",outcome="miss",tier="none"} 1',
        'weir_cache_load_seconds_sum{group="note.byId"} 0.005',
        'weir_cache_fill_bytes_total{group="note.byId"} 90',
        'weir_cache_rejected_fills_total{group="note.byId"} 1',
        'weir_cache_evictions_total{group="note.byId"} 4',
        'weir_cache_tag_reads_total{family="note.byId:*",outcome="hit",tier="l2"} 1',
        "weir_cache_trusted 1",
        'weir_sql_duration_seconds_sum{statement="note.byId"} 0.003',
        'weir_sql_errors_total{statement="note.byId"} 1',
        'weir_sql_rows_total{statement="note.byId"} 6',
        'weir_pool_wait_seconds_bucket{le="0.002"} 1',
        "weir_pool_wait_seconds_sum 0.002",
        "weir_pool_max 10",
        "weir_pool_queued 5",
        "weir_pool_refused_total 7",
        "weir_pool_longest_held_seconds 0.25",
        'weir_redis_duration_seconds_count{connection="cache",command="MGET"} 1',
        'weir_redis_errors_total{connection="cache",command="MGET"} 1',
        'weir_redis_breaker_open{connection="cache"} 1',
        'weir_redis_breaker_open{connection="queue"} 0',
        'weir_redis_breaker_opened_total{connection="cache"} 1',
        'weir_job_errors_total{task="note.byId"} 1',
        'weir_build_info{version="1.2.3",role="all",node_version="v20.19.0"} 1',
        "weir_eventloop_utilisation 0.25",
        'weir_gc_duration_seconds_count{kind="major"} 1',
        "process_cpu_seconds_total 1.5",
        "weir_telemetry_dropped_total 2",
        "process_resident_memory_bytes 100",
      ]),
    );
  });

  test("has cumulative buckets with inclusive bounds, up to +Inf", async () => {
    const page = await render((snapshot) => {
      for (const durationMs of [0.01, 1, 1.5, 40_000]) call(snapshot, "p", durationMs);
    });
    const bucket = /_duration_seconds_bucket\{procedure="p",ok="true",le="([^"]+)"\} (\d+)/g;
    const counts = Object.fromEntries([...page.matchAll(bucket)].map(([, le, count]) => [le, Number(count)]));
    expect([counts["0.0000625"], counts["0.0005"], counts["0.001"], counts["0.002"]]).toEqual([1, 1, 2, 3]);
    expect([counts["32.768"], counts["+Inf"]]).toEqual([3, 4]);
    expect(Object.keys(counts)).toHaveLength(21);
  });

  test("has inclusive powers of two as bounds for bytes", async () => {
    const page = await render((snapshot) => {
      const series = snapshot.tables.rpc.at("app", "p");
      for (const bytes of [0, 255, 256, 1_023, 1_024, 4_194_303, 4_194_304]) series.recordBytes(bytes);
      call(snapshot, "p", 1);
    });
    const bucket = /_response_bytes_bucket\{procedure="p",le="([^"]+)"\} (\d+)/g;
    const counts = Object.fromEntries([...page.matchAll(bucket)].map(([, le, count]) => [le, Number(count)]));
    expect(counts).toMatchObject({ 255: 2, 1023: 4, 4095: 5, 4194303: 6, "+Inf": 7 });
  });

  test("escapes special characters in labels", async () => {
    const page = await render((snapshot) => call(snapshot, 'a"b\\c\nd', 1));
    expect(page).toContain(String.raw`procedure="a\"b\\c\nd"`);
  });

  test("exposes every telemetry counter and the messages beyond the cap", async () => {
    const page = await render((snapshot) => {
      for (let number = 0; number < 5; number += 1) fillAll(snapshot, number);
    }, 2);
    // Plain denominators have no metric of their own, and dropped messages are part of a larger metric.
    for (const [place, counter] of observerCounters.entries()) {
      if (counter === "elapsedUs" || counter === "dropped") continue;
      const value = (place + 1) * (counter.endsWith("Us") ? 0.001 : 1_000);
      expect(page, counter).toMatch(new RegExp(`^weir_telemetry_\\S+ ${value}$`, "m"));
    }
    expect(page).toContain('weir_telemetry_capped_total{kind="rpc"} 15');
    expect(page).toContain('weir_sql_errors_total{statement="(other)"} 3');
    expect(page).toContain('weir_redis_errors_total{connection="(other)",command="(other)"}');
  });

  test("is produced in chunks of whole lines that yield to other work when there are many series", async () => {
    const counted = processSnapshotOf((filled) => {
      for (let number = 0; number < 300; number += 1) fillAll(filled, number);
    });
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    let [pieces, lines] = [0, 0];
    try {
      for await (const piece of renderPrometheus(counted)) {
        expect(piece === "" || piece.endsWith("\n")).toBe(true);
        pieces += 1;
        lines += piece.split("\n").length - 1;
      }
    } finally {
      clearInterval(timer);
    }
    expect(lines).toBeGreaterThan(60_000);
    expect(pieces).toBeGreaterThan(300);
    expect(turns).toBeGreaterThan(0);
  });
});
