import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTraceparent, parseTraceparent, readTracestate } from "./traceparent";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const hexDigits = Array.from("0123456789abcdef");
const given = `00-${traceId}-${spanId}-01`;

describe("traceparent", () => {
  test("is read with its flag", () => {
    expect(parseTraceparent(given)).toEqual({ traceId, spanId, sampled: true });
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)?.sampled).toBe(false);
    expect(parseTraceparent(`00-${traceId}-${spanId}-03`)?.sampled).toBe(true);
    expect(parseTraceparent(`00-${traceId}-${spanId}-fe`)?.sampled).toBe(false);
  });

  test("of a later version is read as far as it is known", () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
    expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-comes`)).toEqual({ traceId, spanId, sampled: true });
  });

  test.for([
    ["nothing", undefined],
    ["an empty text", ""],
    ["too short", given.slice(0, -1)],
    ["more than version 00 has", `${given}-00`],
    ["a later version that goes on without a dash", `cc-${traceId}-${spanId}-01.more`],
    ["the version that is forbidden", `ff-${traceId}-${spanId}-01`],
    ["capitals", given.toUpperCase()],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
    ["a span id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["no digit of sixteen", given.replace("4b", "4g")],
    ["another separator", given.replaceAll("-", "_")],
    ["spaces around it", ` ${given}`],
    ["a line break at its end", `${given}\n`],
    ["two of them, as Node joins them", `${given}, ${given}`],
    ["one without end", `cc-${traceId}-${spanId}-01-${"a".repeat(10_000)}`],
  ] as const)("is ignored when it is %s", ([, header]) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  const hex = (length: number) =>
    fc
      .string({ unit: fc.constantFrom(...hexDigits), minLength: length, maxLength: length })
      .filter((text) => /[^0]/.test(text));

  test("comes back from its own form", () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (trace, span, sampled) => {
        const parent = { traceId: trace, spanId: span, sampled };
        expect(parseTraceparent(formatTraceparent(parent))).toEqual(parent);
      }),
    );
  });

  test("never fails, and what is read names ids of the right form", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...hexDigits, "-"), maxLength: 60 })),
        (text) => {
          const parent = parseTraceparent(text);
          expect(parent === null ? null : parseTraceparent(formatTraceparent(parent))).toEqual(parent);
        },
      ),
    );
  });
});

describe("tracestate", () => {
  test("is passed on, without what is empty", () => {
    expect(readTracestate("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")).toBe("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
    expect(readTracestate("a=1 ,\t, fw529a3039@dt=FfAAAJAaR6E;b c")).toBe("a=1,fw529a3039@dt=FfAAAJAaR6E;b c");
  });

  test.for([
    ["absent", undefined],
    ["empty", " , "],
    ["longer than 512 characters", `a=${"x".repeat(511)}`],
    ["of more than 32 members", Array.from({ length: 33 }, (_, index) => `k${index}=v`).join(",")],
    ["of two members with one key", "a=1,a=2"],
    ["without a key", "=1"],
    ["without a value", "a"],
    ["a key in capitals", "A=1"],
    ["a value that holds what it must not", "a=b=c"],
    ["a value with a control character", "a=b\u0007"],
    ["not ASCII", "a=ü"],
  ] as const)("is dropped when it is %s", ([, header]) => {
    expect(readTracestate(header)).toBeNull();
  });
});
