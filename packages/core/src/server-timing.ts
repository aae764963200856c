/** One metric of a `Server-Timing` header. `durationMs` and `description` are null where the header has none. */
export type ServerTimingMetric = { name: string; durationMs: number | null; description: string | null };

type Parameter = { name: string; value: string };

/** Splits at `separator`, but not inside a quoted string. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (isQuoted && char === "\\") {
      part += char + text.charAt(index + 1);
      index += 1;
    } else if (char === separator && !isQuoted) {
      parts.push(part);
      part = "";
    } else {
      if (char === '"') isQuoted = !isQuoted;
      part += char;
    }
  }
  parts.push(part);
  return parts;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const inner = text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text.slice(1);
  return inner.replaceAll(/\\(.)/gs, "$1");
}

function readParameter(text: string): Parameter {
  const at = text.indexOf("=");
  if (at === -1) return { name: text.trim().toLowerCase(), value: "" };
  return { name: text.slice(0, at).trim().toLowerCase(), value: unquote(text.slice(at + 1).trim()) };
}

/**
 * Parses a `Server-Timing` header (W3C Server Timing, section 3). Never throws: invalid metrics are skipped, of repeated
 * parameters the first one counts, and a duration that is not a finite number becomes null.
 */
export function parseServerTiming(header: string | null): ServerTimingMetric[] {
  if (header === null) return [];
  return splitOutsideQuotes(header, ",").flatMap((entry) => {
    const [name = "", ...rest] = splitOutsideQuotes(entry, ";").map((piece) => piece.trim());
    if (name === "") return [];
    const parameters = rest.map(readParameter);
    const duration = parameters.find((parameter) => parameter.name === "dur")?.value;
    const durationMs = duration === undefined || duration === "" ? Number.NaN : Number(duration);
    return {
      name,
      durationMs: Number.isFinite(durationMs) ? durationMs : null,
      description: parameters.find((parameter) => parameter.name === "desc")?.value ?? null,
    };
  });
}
