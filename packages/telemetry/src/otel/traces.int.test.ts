import { describe, expect, test } from "vitest";
import type { Trace } from "../traces/types";
import { attributesOf } from "./test-collector";
import { callerId, openTestExport, traceId, traceOf } from "./test-export";

const onlyTraces = { OTEL_METRICS_EXPORTER: "none" };

describe("exported traces", () => {
  test("arrive as a tree of spans with times, kinds and attributes", async () => {
    await using one = await openTestExport({ ...onlyTraces, OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc" });
    one.tell(traceOf({ parentSpanId: callerId, isSampledByCaller: true }));
    await one.exported.flush();
    const [request] = one.collector.received;
    expect(request).toMatchObject({
      path: "/v1/traces",
      headers: { authorization: "Bearer abc", "content-type": "application/json" },
    });
    const resource = attributesOf(request?.body.resourceSpans?.[0]?.resource.attributes ?? []);
    expect(resource).toMatchObject({
      "service.name": "weir",
      "service.version": "1.2.3",
      "service.instance.id": "node-1",
    });

    const spans = one.collector.spans();
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ["note.byId", 2],
      ["procedure note.byId", 1],
      ["cache note.byId", 1],
      ["load note.byId", 1],
      ["statement note.byId", 3],
      ["redis cache MGET", 3],
    ]);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const ids = spans.map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(6);
    expect(ids.every((id) => /^[\da-f]{16}$/.test(id))).toBe(true);
    expect(spans[0]).toMatchObject({ spanId: "1122334455667788", parentSpanId: callerId, flags: 0x301 });
    expect(spans.slice(1).map(({ parentSpanId }) => ids.indexOf(parentSpanId ?? ""))).toEqual([0, 1, 2, 3, 2]);
    expect(spans[4]).toMatchObject({
      startTimeUnixNano: "1795000000004250000",
      endTimeUnixNano: "1795000000008750000",
      status: { code: 0 },
    });
    expect(attributesOf(spans[4]?.attributes ?? [])).toEqual({
      "db.system.name": "postgresql",
      "db.query.summary": "note.byId",
      "db.query.text": "select * from notes where id = $1",
      "db.response.returned_rows": 1,
    });
    expect(attributesOf(spans[1]?.attributes ?? [])).toEqual({ "rpc.system.name": "trpc", "rpc.method": "note.byId" });
    expect(attributesOf(spans[5]?.attributes ?? [])).toMatchObject({
      "db.operation.name": "MGET",
      "weir.shared_by": 3,
    });
    expect(attributesOf(spans[0]?.attributes ?? [])).toMatchObject({
      "weir.request_id": "r-1",
      "weir.kept_as": ["sampled"],
    });
    expect(JSON.stringify(one.collector.received)).not.toContain("s3cr3t");
    expect(one.counted("exportedSpans")).toBe(6);
  });

  test("mark spans with server faults as errors, not rejected calls", async () => {
    await using one = await openTestExport(onlyTraces);
    const failed = (errorCode: string): Trace =>
      traceOf({
        ok: false,
        errorCode,
        spans: [
          { kind: "request", name: "POST", parent: null, startMs: 0, durationMs: 1, ok: false, errorCode },
          { kind: "procedure", name: "note.byId", parent: 0, startMs: 0, durationMs: 1, ok: false, errorCode },
        ],
      });
    one.tell(failed("NOT_FOUND"));
    one.tell(failed("INTERNAL_SERVER_ERROR"));
    await one.exported.flush();
    const spans = one.collector.spans();
    expect(spans.map(({ status }) => status.code)).toEqual([0, 0, 2, 2]);
    expect(attributesOf(spans[3]?.attributes ?? [])).toMatchObject({ "error.type": "INTERNAL_SERVER_ERROR" });
  });

  const parents = {
    none: {},
    sampled: { parentSpanId: callerId, isSampledByCaller: true },
    unsampled: { parentSpanId: callerId, isSampledByCaller: false },
  } as const;
  test.for([
    [undefined, ["none", "sampled"]],
    ["parentbased_always_on", ["none", "sampled"]],
    ["parentbased_always_off", ["sampled"]],
    ["always_on", ["none", "sampled", "unsampled"]],
    ["always_off", []],
    ["traceidratio", []],
    ["parentbased_traceidratio", ["sampled"]],
  ] as const)("follow the sampler: %s", async ([sampler, wanted]) => {
    await using one = await openTestExport({
      ...onlyTraces,
      OTEL_TRACES_SAMPLER: sampler,
      OTEL_TRACES_SAMPLER_ARG: "0",
    });
    for (const [requestId, parent] of Object.entries(parents)) one.tell(traceOf({ requestId, ...parent }));
    await one.exported.flush();
    const roots = one.collector.spans().filter(({ kind }) => kind === 2);
    expect(roots.map(({ attributes }) => attributesOf(attributes)["weir.request_id"])).toEqual(wanted);
  });

  test("are sent in batches, one at a time", async () => {
    await using one = await openTestExport(onlyTraces);
    for (let count = 0; count < 200; count += 1) one.tell(traceOf());
    await Promise.all([one.exported.flush(), one.exported.flush()]);
    expect(one.collector.spans()).toHaveLength(1_200);
    expect(one.collector.received.length).toBe(3);
  });

  test("are bounded while a collector does not respond, and losses are counted", async () => {
    await using one = await openTestExport({ ...onlyTraces, OTEL_EXPORTER_OTLP_TIMEOUT: "3000" });
    one.collector.state.mode = "hangs";
    one.tell(traceOf());
    const flushed = one.exported.flush();
    await one.collector.until(() => one.collector.state.requests > 0);
    for (let count = 0; count < 5_000; count += 1) one.tell(traceOf());
    // 6 spans are in flight, 8192 may wait, the rest is lost immediately.
    expect(one.counted("exportLostSpans")).toBe(5_000 * 6 - Math.floor(8_192 / 6) * 6);
    one.collector.state.mode = "accepts";
    await flushed;
    const lost = one.counted("exportLostSpans");
    expect(one.counted("exportedSpans") + lost).toBe(5_001 * 6);
    expect(one.collector.spans().length).toBeGreaterThanOrEqual(Math.floor(8_192 / 6) * 6);
  });

  test("are lost and counted when a collector rejects them, and reported once", async () => {
    await using one = await openTestExport(onlyTraces);
    one.collector.state.mode = "rejects";
    for (let count = 0; count < 3; count += 1) {
      one.tell(traceOf());
      await one.exported.flush();
    }
    expect(one.failures).toEqual(["traces"]);
    expect(one.counted("exportLostSpans")).toBe(18);
    expect(one.counted("exportFailures")).toBe(3);
  });

  test("are sent on close if they are waiting", async () => {
    await using one = await openTestExport(onlyTraces);
    one.tell(traceOf());
    await one.exported.close();
    expect(one.collector.spans()).toHaveLength(6);
    one.tell(traceOf());
    await one.exported.flush();
    expect(one.collector.spans()).toHaveLength(6);
  });

  test("do not delay close when a collector hangs", { timeout: 20_000 }, async () => {
    await using one = await openTestExport(onlyTraces);
    one.collector.state.mode = "hangs";
    one.tell(traceOf());
    const startedAt = performance.now();
    await one.exported.close();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
