import { describe, expect, test } from "vitest";
import { catalogue } from "../metrics/catalogue";
import { otelName } from "./metric-data";
import { attributesOf } from "./test-collector";
import { openTestExport } from "./test-export";

const onlyMetrics = { OTEL_TRACES_EXPORTER: "none" };

describe("exported metrics", () => {
  test("contain the whole catalogue, under names without units", async () => {
    await using one = await openTestExport(onlyMetrics);
    await one.exported.flush();
    const metrics = one.collector.metrics();
    const names = catalogue.map(otelName);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(metrics.map(({ name }) => name))).toEqual(new Set(names));
    expect(names).toEqual(expect.arrayContaining(["weir.rpc.duration", "weir.rpc.in_flight", "weir.cache.reads"]));
    expect(one.collector.received.every(({ path }) => path === "/v1/metrics")).toBe(true);
    const resource = attributesOf(one.collector.received[0]?.body.resourceMetrics?.[0]?.resource.attributes ?? []);
    expect(resource).toMatchObject({ "service.name": "weir", "service.instance.id": "node-1" });
  });

  test("have the same counts as the Prometheus page", async () => {
    await using one = await openTestExport(onlyMetrics);
    await one.exported.flush();
    const metrics = one.collector.metrics();
    const found = (name: string) => metrics.find((metric) => metric.name === name);

    const calls = found("weir.rpc.duration");
    expect(calls?.unit).toBe("ms");
    expect(calls?.exponentialHistogram?.aggregationTemporality).toBe(2);
    const ok = calls?.exponentialHistogram?.dataPoints.find(
      ({ attributes }) => attributesOf(attributes)["ok"] === "true",
    );
    expect(attributesOf(ok?.attributes ?? [])).toEqual({ procedure: "note.byId", ok: "true" });
    expect(ok).toMatchObject({
      count: 4,
      sum: 40_002.51,
      max: 40_000,
      scale: 3,
      zeroCount: 0,
      startTimeUnixNano: "1800000000000000000",
    });
    const { offset = 0, bucketCounts = [] } = ok?.positive ?? {};
    const upTo = (ms: number): number =>
      bucketCounts
        .filter((_count, place) => 2 ** ((offset + place + 1) / 8) <= ms)
        .reduce((sum, count) => sum + count, 0);
    // 0.01, 1, 1.5 and 40 000 ms: a value on a bound belongs to the bucket below it.
    expect([upTo(0.5), upTo(1), upTo(2), upTo(2 ** 16)]).toEqual([1, 2, 3, 4]);

    const bytes = found("weir.rpc.response");
    expect(bytes).toMatchObject({ unit: "By", histogram: { aggregationTemporality: 2 } });
    expect(bytes?.histogram?.dataPoints[0]).toMatchObject({
      count: 4,
      sum: 1_200,
      explicitBounds: [255, 1_023, 4_095, 16_383, 65_535, 262_143, 1_048_575, 4_194_303],
      bucketCounts: [0, 4, 0, 0, 0, 0, 0, 0, 0],
    });

    const reads = found("weir.cache.reads")?.sum;
    expect(reads).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
    expect(reads?.dataPoints.map(({ attributes, asDouble }) => [attributesOf(attributes), asDouble])).toEqual([
      [{ group: "note.byId", outcome: "hit", tier: "l2" }, 1],
      [{ group: "note.byId", outcome: "miss", tier: "none" }, 1],
    ]);
    expect(found("weir.eventloop.utilisation")).toMatchObject({
      unit: "1",
      gauge: { dataPoints: [{ asDouble: 0.25 }] },
    });
  });

  test("are reported and counted when rejected", async () => {
    await using one = await openTestExport(onlyMetrics);
    one.collector.state.mode = "rejects";
    await one.exported.flush();
    expect(one.failures).toEqual(["metrics"]);
    expect(one.counted("exportFailures")).toBeGreaterThan(0);
  });
});
