import type { Random } from "./random";

// None of these fails on valid input: any failure is due to the request.
const names = [
  "hello",
  "later",
  "index",
  "greet",
  "greetMaybe",
  "twice",
  "ownShape",
  "output",
  "status",
  "headers",
  "create",
  "touch",
  "with.dot",
  "__proto__",
  "constructor",
  "nested.deeper.deepest",
  "lazy.inside",
  "ticks",
  "nothing",
  "",
] as const;

const oddPieces = [
  "%",
  "%0",
  "%00",
  "%FF",
  "%E0%A4%A",
  "%2e%2e/",
  "../",
  "//",
  "\\",
  "?",
  "#",
  "&",
  "=",
  "+",
  ",",
  "%2C",
  ";",
  "\u00ff",
  "\u0080",
  "__proto__",
  "toString",
  "{",
  "}",
  "|",
  "\u007f",
  "\t",
  "@",
  ":80",
  "*",
  "'",
  '"',
] as const;

const inputs = [
  '{"name":"Ada"}',
  '{"0":{"name":"Ada"},"1":{}}',
  "null",
  "[]",
  "{",
  '"text"',
  "1e999",
  '{"a":1,"b":2}',
  '{"__proto__":{"name":"x"}}',
  "[[[[[[[[",
  "",
] as const;

/** The text of an input, valid or not, sometimes large or deep. */
export function anyInput(random: Random): string {
  if (random.chance(0.03)) return `{"name":"${"a".repeat(random.below(70_000))}"}`;
  if (random.chance(0.02)) return "[".repeat(random.below(30_000));
  if (random.chance(0.02)) return `${'{"name":'.repeat(2_000)}1${"}".repeat(2_000)}`;
  return random.pick(inputs);
}

/** Inserts odd pieces into a text. */
export function disturb(random: Random, text: string): string {
  let result = text;
  for (let count = random.below(3) + 1; count > 0; count -= 1) {
    const at = random.below(result.length + 1);
    result = result.slice(0, at) + random.pick(oddPieces) + result.slice(at + random.below(2));
  }
  return result;
}

function anySearch(random: Random): string {
  const parts: string[] = [];
  if (random.chance(0.5)) {
    const text = anyInput(random).slice(0, random.chance(0.1) ? 20_000 : 3_000);
    parts.push(`input=${random.chance(0.8) ? encodeURIComponent(text) : text.replaceAll(" ", "")}`);
  }
  if (random.chance(0.4)) parts.push(random.pick(["batch=1", "batch=1", "batch=1", "batch=2", "batch=%31", "batch"]));
  if (random.chance(0.1))
    parts.push(random.pick(["connectionParams=%7B%7D", "connectionParams=", "input=2", "&&", "=", "lastEventId=1"]));
  return parts.join("&");
}

/** A request target, as clients might send it or never should. */
export function anyTarget(random: Random): string {
  const paths = Array.from({ length: random.chance(0.6) ? 1 : random.below(random.chance(0.05) ? 400 : 6) }, () =>
    random.pick(names),
  );
  const search = anySearch(random);
  const target = `/api/trpc/${paths.join(",")}${search === "" ? "" : `?${search}`}`;
  if (random.chance(0.03))
    return random.pick(["*", "/", "", "http://", "http://a:b@c/api/trpc/hello", "//api/trpc/hello"]);
  return random.chance(0.35) ? disturb(random, target) : target;
}
