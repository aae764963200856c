import fc from "fast-check";
import { expect, test } from "vitest";
import { base } from "./cases";
import { plain } from "./init";
import { createTestContext, type Seen, startPair } from "./pair";
import type { RawRequest } from "./raw-http";
import { buildRouter } from "./router";

const procedures = [
  "hello",
  "later",
  "index",
  "echo",
  "greet",
  "greetMaybe",
  "twice",
  "raw",
  "ownShape",
  "output",
  "status",
  "headers",
  "nested.deeper.deepest",
  "codes.NOT_FOUND",
  "codes.INTERNAL_SERVER_ERROR",
  "returns.bigint",
  "returns.undefined",
  "returns.promiseInside",
  "__proto__",
  "with.dot",
];
const mutations = ["create", "touch", "anything", "refuse"];
const strangers = ["nothing", "", "toString.call", "lazy.inside", "..", ".", "Hello", "a,b", "with space", "ünïcode"];

const text = fc.oneof(
  fc.string({ maxLength: 8, unit: "grapheme" }),
  fc.constantFrom("São Paulo", "a+b", "100 %", "\u2028", "\0", "\ufeff", "<&>'\"`"),
);
const person = fc.record({ name: text, age: fc.integer() }, { requiredKeys: ["name"] });
const value = fc.oneof(person, fc.jsonValue({ maxDepth: 2 }), text, fc.constant(null));
const inputs = fc.oneof(
  value,
  fc.dictionary(fc.constantFrom("0", "1", "2", "01", "x"), value, { maxKeys: 3 }),
  fc.array(value, { maxLength: 3 }),
);

/** JSON, and text that only looks like JSON. */
const jsonText = fc.oneof(
  { weight: 6, arbitrary: inputs.map((input) => JSON.stringify(input)) },
  {
    weight: 1,
    arbitrary: fc.tuple(inputs, fc.nat(20)).map(([input, end]) => JSON.stringify(input).slice(0, end)),
  },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "\ufeff1", "{", "nul", "01", "1 ", "\t[1]\n", "'a'", "undefined") },
);

/** Some characters percent-encoded, some broken. */
const encodings: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  encodeURI,
  (raw) => encodeURIComponent(raw).replaceAll("%20", "+"),
  (raw) => encodeURIComponent(raw).toLowerCase(),
  (raw) => encodeURIComponent(raw).slice(0, -1),
  (raw) => raw.replaceAll(/[^!-~]/g, "").replaceAll("#", ""),
];
const encoding = fc.constantFrom(...encodings);
// Halves of characters cannot be encoded.
const wellFormed = (half: string): string => Buffer.from(half).toString();

const input = fc.tuple(jsonText, encoding).map(([json, encode]) => `input=${encode(wellFormed(json))}`);
const flag = fc.constantFrom("batch=1", "batch=1", "batch=1", "batch=1", "batch=1", "batch=0", "batch=%31", "batch=+1");
const oddParameters = [
  "",
  "input",
  "batch",
  "batch=true",
  "x=1",
  "%69nput=1",
  "b%61tch=1",
  "=",
  "connectionParams=null",
];
const oddParameter = fc.oneof(
  fc.constantFrom(...oddParameters),
  fc.constantFrom("connectionParams={}", "lastEventId=2", "input[]=1", "input=%FF", "%", "?", "batch=1", "input=2"),
);

/** The value in some cases, nothing in the others. */
const rarely = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> =>
  fc.oneof(
    { weight: 7, arbitrary: fc.constant<Value[]>([]) },
    { weight: 1, arbitrary: fc.array(arbitrary, { maxLength: 2 }) },
  );

/** Path and query: of one call, or of a batch. */
function callOf(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.constantFrom(...strangers, ...mutations, ...procedures) },
  );
  const usually = (usual: string, ...others: string[]) =>
    fc.oneof({ weight: 20, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
  return fc
    .tuple(
      usually("", "/", "./", "../", "%2e/"),
      fc.array(name, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      usually("", "/", "%20", "%2C", ",", "#x"),
      fc.option(input, { freq: 4, nil: "" }),
      flag,
      rarely(oddParameter),
    )
    .map(([before, paths, isBatch, after, data, batch, odd]) => {
      const path = isBatch ? paths.join(",") : (paths[0] ?? "");
      const parameters = [data, ...(isBatch ? [batch] : []), ...odd].filter((part) => part !== "");
      return `${before}${encodeURI(path)}${after}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`;
    });
}

const header = fc.constantFrom<readonly [string, string]>(
  ["accept", "*/*"],
  ["accept", "application/jsonl"],
  ["trpc-accept", "application/jsonl"],
  ["last-event-id", "3"],
  ["host", "Example.ORG:80"],
  ["host", "not a host"],
  ["x-anything", "\u00e4"],
);
const jsonType = fc.constantFrom("application/json", "application/json", "Application/JSON ; charset=utf-8");

const body = fc.oneof(
  { weight: 8, arbitrary: jsonText.map((json): string | Uint8Array => json) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from([0x22, ...bytes, 0x22])) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);

const read: fc.Arbitrary<RawRequest> = fc
  .tuple(callOf(procedures), rarely(header), fc.option(jsonType, { freq: 1, nil: undefined }))
  .map(([call, headers, type]) => ({
    target: base + call,
    headers: type === undefined ? headers : [...headers, ["content-type", type]],
  }));

const write: fc.Arbitrary<RawRequest> = fc
  .tuple(callOf(mutations), rarely(header), jsonType, body, fc.boolean())
  .map(([call, headers, type, content, chunked]) => ({
    method: "POST",
    target: base + call,
    headers: [...headers, ["content-type", type]],
    body: content,
    chunked,
  }));

const otherMethod: fc.Arbitrary<RawRequest> = fc
  .tuple(fc.oneof(read, write), fc.constantFrom("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "GET"))
  .map(([request, method]) => ({ ...request, method }));

/** Requests like those of a tRPC client: most are calls, many are slightly wrong. */
const anyRequest: fc.Arbitrary<RawRequest> = fc.oneof(
  { weight: 12, arbitrary: read },
  { weight: 8, arbitrary: write },
  { weight: 1, arbitrary: otherMethod },
);

const runs = 1_000;

/**
 * Without the input that `onError` gets: in a batch all inputs are parsed for the first call that asks, and whether that
 * has happened when another call fails is a race in the adapter.
 */
const withoutRace = (seen: Seen): Seen => ({
  ...seen,
  failures: seen.failures.map((failure) => ({ ...failure, input: undefined })),
});

test("for any generated request both servers give the same response", { timeout: 60_000 }, async () => {
  await using pair = await startPair(() => ({ router: buildRouter(plain), createContext: createTestContext }));
  let short = 0;
  const alike = fc.asyncProperty(anyRequest, async (request) => {
    const { ours, theirs, isShort } = await pair.ask(request);
    if (isShort) short += 1;
    const isBatch = request.target.includes("batch");
    expect(isBatch ? withoutRace(ours) : ours).toEqual(isBatch ? withoutRace(theirs) : theirs);
  });
  // A failure names its seed.
  await fc.assert(alike, { numRuns: runs });
  // Else most of it would compare tRPC's adapter with itself.
  expect(short).toBeGreaterThan(runs / 3);
});
