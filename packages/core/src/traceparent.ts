/** The position of a request in a trace that started elsewhere. */
export type TraceParent = {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** The caller's span: 16 hexadecimal digits. */
  spanId: string;
  /** Whether the caller records this trace. */
  sampled: boolean;
};

const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.{0,400})?$/;
const onlyZeros = /^0+$/;

/**
 * Parses a `traceparent` header of version 00, or the compatible part of a later version. Null for an invalid header, such
 * as one with IDs of zeros or more than 500 characters: the trace then starts here.
 *
 * Source: W3C Trace Context, level 1, section 3.2.
 */
export function parseTraceparent(header: string | undefined): TraceParent | null {
  if (header === undefined || header.length < 55 || header.length > 500) return null;
  const [, version, traceId = "", spanId = "", flags = "", more] = form.exec(header) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return null;
  if (onlyZeros.test(traceId) || onlyZeros.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Formats the header that names `parent` as the caller. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

const maxStateLength = 512;
const maxMembers = 32;
// Keys are lower case: `\w` would let capitals in.
const member =
  /^(?:[a-z][a-z\d_*/-]{0,255}|[a-z\d][a-z\d_*/-]{0,240}@[a-z][a-z\d_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/**
 * Returns a `tracestate` header that may be passed on: at most 32 valid members and 512 characters, without empty members
 * and surrounding spaces. Null for an invalid header; the trace itself continues without it.
 *
 * Source: W3C Trace Context, level 1, section 3.3.
 */
export function readTracestate(header: string | undefined): string | null {
  if (header === undefined || header.length > maxStateLength) return null;
  const members = header
    .split(",")
    .map((text) => text.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
    .filter((text) => text !== "");
  if (members.length === 0 || members.length > maxMembers) return null;
  const keys = new Set(members.map((text) => text.slice(0, text.indexOf("="))));
  if (keys.size < members.length || !members.every((text) => member.test(text))) return null;
  return members.join(",");
}
