export type KeyValues = Readonly<Record<string, string>>;

const mostPairs = 64;
const form = /^[\w.!#$%&'*+^`|~-]{1,256}$/;

/**
 * Reads `key=value,key=value` with percent-encoded values, as OpenTelemetry writes headers and attributes of a resource.
 * Null when it is not that. Source: opentelemetry.io/docs/specs/otel/resource/sdk, after W3C Baggage.
 */
export function readKeyValues(text: string): KeyValues | null {
  const pairs = text
    .split(",")
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
  if (pairs.length > mostPairs) return null;
  const read: Record<string, string> = {};
  for (const pair of pairs) {
    const end = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, end)).trim();
    if (!form.test(key)) return null;
    try {
      const value = decodeURIComponent(pair.slice(end + 1).trim());
      // A line break in a header would be a second header.
      if (/[\r\n\0]/.test(value)) return null;
      read[key] = value;
    } catch {
      return null;
    }
  }
  return read;
}
