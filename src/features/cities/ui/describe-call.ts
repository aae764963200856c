const show = (value: unknown): string =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value);

function fieldsOf(input: unknown): Record<string, unknown> {
  return typeof input === "object" && input !== null ? { ...input } : {};
}

const longest = 40;

/** What a call asked for, in few words: the part of its input that tells it from others of its procedure. */
export function describeInput(input: unknown): string {
  const { q, country, id, ids, lat, lon, code } = fieldsOf(input);
  if (typeof q === "string") {
    const text = q.length > longest ? `${q.slice(0, longest)}…` : q;
    return country === undefined ? `“${text}”` : `“${text}” in ${show(country)}`;
  }
  if (id !== undefined) return show(id);
  if (Array.isArray(ids)) return `${ids.length} ids`;
  if (lat !== undefined && lon !== undefined) return `${show(lat)}, ${show(lon)}`;
  if (code !== undefined) return show(code);
  return "";
}
