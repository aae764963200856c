/** Where a request stands in a trace that began elsewhere. */
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
 * Reads a `traceparent` header of version 00, or of a later one as far as it says the same. Null for whatever is not
 * one, ids of zeros among it: the trace then begins here. Bounded: a text of more than 500 characters is none.
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

/** The header that names `parent` as the caller. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

const longestState = 512;
const mostMembers = 32;
// Keys are lower case: `\w` would let capitals in.
const member =
  /^(?:[a-z][a-z\d_*/-]{0,255}|[a-z\d][a-z\d_*/-]{0,240}@[a-z][a-z\d_*/-]{0,13})=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;

/**
 * A `tracestate` header as it may be passed on: at most 32 members of the right form and 512 characters, empty members
 * and the spaces around them left out. Null otherwise; the trace itself goes on without it.
 *
 * Source: W3C Trace Context, level 1, section 3.3.
 */
export function readTracestate(header: string | undefined): string | null {
  if (header === undefined || header.length > longestState) return null;
  const members = header
    .split(",")
    .map((text) => text.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
    .filter((text) => text !== "");
  if (members.length === 0 || members.length > mostMembers) return null;
  const keys = new Set(members.map((text) => text.slice(0, text.indexOf("="))));
  if (keys.size < members.length || !members.every((text) => member.test(text))) return null;
  return members.join(",");
}
