/** Text of a Postgres array: elements, `null` for NULL, arrays within arrays. */
export type PgArray<Element> = (Element | null | PgArray<Element>)[];

const special = /[{}",\\\s]/;

/** Strings and numbers as they are, dates by ISO 8601, everything else as JSON. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return value.toString();
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

function formatElement(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (Array.isArray(value)) return formatArray(value);
  const text = textOf(value);
  const isPlain = text !== "" && text.toUpperCase() !== "NULL" && !special.test(text);
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** An array as Postgres reads it (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). */
export function formatArray(values: readonly unknown[]): string {
  return `{${values.map(formatElement).join(",")}}`;
}

/** The elements of an array as Postgres writes it, each made by `parse`. */
export function parseArray<Element>(text: string, parse: (element: string) => Element): PgArray<Element> {
  // A prefix such as `[0:1]=` tells bounds that are not the usual ones.
  let at = text.indexOf("{");

  function quoted(): Element {
    let element = "";
    for (at += 1; text[at] !== '"'; at += 1) {
      if (text[at] === "\\") at += 1;
      element += text[at] ?? "";
    }
    at += 1;
    return parse(element);
  }

  function plain(): Element | null {
    const begin = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at += 1;
    const element = text.slice(begin, at);
    return element === "NULL" ? null : parse(element);
  }

  function list(): PgArray<Element> {
    const elements: PgArray<Element> = [];
    at += 1;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at += 1;
      if (text[at] === "{") elements.push(list());
      else if (text[at] === '"') elements.push(quoted());
      else elements.push(plain());
    }
    at += 1;
    return elements;
  }

  return list();
}
