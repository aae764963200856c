import { describe, expect, test } from "vitest";
import { traceOf } from "./scope";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const callerId = "00f067aa0ba902b7";

describe("the trace of a request", () => {
  test("is a new one, and the same whenever it is asked for", () => {
    const request = { id: "r-1" };
    const trace = traceOf(request);
    expect(trace).toEqual({
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
      spanId: expect.stringMatching(/^[\da-f]{16}$/),
      parentSpanId: null,
      sampled: false,
      state: null,
    });
    expect(traceOf(request)).toBe(trace);
  });

  test("is another one for each request", () => {
    const traces = Array.from({ length: 1_000 }, (_, index) => traceOf({ id: String(index) }));
    expect(new Set(traces.map((trace) => trace.traceId)).size).toBe(1_000);
    expect(new Set(traces.map(({ spanId }) => spanId)).size).toBe(1_000);
  });

  test("is the caller's, where one was named, with a span of its own", () => {
    const given = { id: "r-1", traceparent: `00-${traceId}-${callerId}-01`, tracestate: "vendor=1" };
    const trace = traceOf(given);
    expect(trace).toMatchObject({ traceId, parentSpanId: callerId, sampled: true, state: "vendor=1" });
    expect(trace.spanId).not.toBe(callerId);
  });

  test("begins here where what was named is none, and its state goes with it", () => {
    const trace = traceOf({ id: "r-1", traceparent: `00-${traceId}-${callerId}`, tracestate: "vendor=1" });
    expect(trace).toMatchObject({ parentSpanId: null, sampled: false, state: null });
    expect(trace.traceId).not.toBe(traceId);
  });
});
