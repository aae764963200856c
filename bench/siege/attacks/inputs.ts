import { type Attack, checked, noneOf } from "../attack";
import type { Ask } from "../client";
import { type Procedure, sample, withEachLeaf } from "../procedures";
import type { Target } from "../target";

const strings = [
  "\0",
  "a\0b",
  "\ud800",
  "\udfff\ud800",
  "\u202eadmin",
  "\u200b\u200d",
  "\ufffe",
  "%",
  "_%\\",
  "' or 1=1 --",
  "$1",
  "{{7*7}}",
  "../../etc/passwd",
  "a".repeat(3_000),
  "\u{1f9d1}\u200d\u{1f680}".repeat(20),
  "(a+)+$".repeat(16),
  "\u0130\u0131\u1e9e\ufb03",
  "__proto__",
  "",
] as const;
const numbers = [-1, 0, 0.5, 2_147_483_648, 2 ** 53, 1e308, -1e308, 5e-324] as const;

/** JSON texts that are no plain value: too deep, too large, doubled, polluting. */
const texts: readonly string[] = [
  "",
  "nul",
  "{",
  "[".repeat(20_000),
  `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
  "1e999",
  "-0",
  `[${"0,".repeat(8_000)}0]`,
  '{"id":1,"id":2}',
  '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}',
  '{"toString":1,"valueOf":2,"hasOwnProperty":3}',
  '"\\ud800"',
  '{"id":1e400}',
  '{"id":100000000000000000000000000000000}',
  "\ufeff{}",
  '{"a":1}x',
  "undefined",
  "NaN",
  "null",
  "true",
  '"text"',
];

const batches: readonly string[] = [
  '{"0":{},"99":{}}',
  '{"-1":{},"1e0":{},"00":{}}',
  '{"__proto__":{},"0":{}}',
  '{"length":1000000000}',
  "[]",
  "null",
  '"0"',
  '{"0":null,"1":[]}',
];

const paths: readonly string[] = [
  "__proto__",
  "constructor",
  "constructor.prototype",
  "toString",
  "account.__proto__",
  "account.constructor",
  "account.me.call",
  "account.me._def",
  "_def",
  "account",
  "account..me",
  ".account.me",
  "account.me.",
  "account/me",
  "account%00me",
  "%00",
  "%ff%fe",
  ",",
  ",,,,,,,,,,,,,,,,,,",
  "account.me,__proto__,account.me",
  "%2c%2c",
  "\u00e9",
];

/** Procedures that end the attack's session or all other sessions are not called. */
const spared = new Set(["account.changePassword", "account.revokeOtherSessions", "users.setRole", "users.disable"]);

function requestOf({ path, type }: Procedure, json: string): Ask {
  const url = `/api/trpc/${path}`;
  const withinMs = type === "subscription" ? 400 : 15_000;
  if (type === "mutation") {
    return { method: "POST", path: url, body: json, headers: { "content-type": "application/json" }, withinMs };
  }
  const query = `${url}?input=${encodeURIComponent(json)}`;
  if (query.length < 6_000) return { path: query, withinMs };
  return { method: "POST", path: url, body: json, headers: { "content-type": "application/json" }, withinMs };
}

/** JSON with half surrogate pairs as escapes, which is how they arrive. */
const toJson = (value: unknown): string => JSON.stringify(value);

function casesOf(procedure: Procedure, scale: "quick" | "full"): Ask[] {
  const usual = sample(procedure.schema ?? undefined);
  const few = scale === "quick" ? 5 : strings.length;
  const leaves = [
    ...strings.slice(0, few).flatMap((text) => withEachLeaf(usual, "string", text)),
    ...numbers.flatMap((number) => withEachLeaf(usual, "number", number)),
  ];
  // Subscriptions stay open: a few of them are enough.
  const chosen = procedure.type === "subscription" ? leaves.slice(0, 6) : leaves;
  return [...chosen.map(toJson), ...(procedure.type === "subscription" ? [] : texts)].map((json) =>
    requestOf(procedure, json),
  );
}

async function sendAll(target: Target, asks: readonly Ask[], more: Record<string, string>): Promise<string[]> {
  const broken: string[] = [];
  const waiting = [...asks];
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const { status, text } = await target.ask({ ...one, headers: { ...one.headers, ...more } });
      if (status === 500 || status === 502) {
        broken.push(
          `${one.path.slice(0, 120)} ${String(one.body ?? "").slice(0, 80)}: ${status} ${text.slice(0, 120)}`,
        );
      }
    }
  };
  await Promise.all([work(), work(), work(), work(), work(), work()]);
  return broken;
}

function oddRequests(): Ask[] {
  const json = { "content-type": "application/json" };
  const post = (path: string, body: string, headers: Record<string, string> = json): Ask => ({
    method: "POST",
    path,
    body,
    headers,
    withinMs: 3_000,
  });
  const twice = "/api/trpc/account.me,account.me?batch=1";
  return [
    ...batches.map((body) => post(twice, body)),
    ...batches.map((body) => ({ path: `${twice}&input=${encodeURIComponent(body)}` })),
    ...paths.map((path) => ({ path: `/api/trpc/${encodeURI(path)}` })),
    ...paths.map((path) => ({ path: `/api/trpc/${encodeURI(path)}?batch=1&input=%7B%7D` })),
    ...texts.map((body) => post("/api/auth/sign-in/email", body)),
    ...strings.map((text) => post("/api/auth/sign-in/email", JSON.stringify({ email: text, password: text }))),
    ...["/api/auth/sign-out", "/api/auth/__proto__", "/api/auth/toString", "/api/auth/"].map((path) =>
      post(path, "{}"),
    ),
    ...["get", "TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"].flatMap((method) =>
      ["/", "/api/trpc/account.me", "/api/auth/sign-in/email", "/metrics", "/healthz"].map((path) => ({
        method,
        path,
      })),
    ),
    post("/", "{}", { ...json, "next-action": "0".repeat(40) }),
    post("/sign-in", "a=b", { "content-type": "application/x-www-form-urlencoded", "next-action": "x" }),
    post("/sign-in", "--x\r\n\r\n", { "content-type": "multipart/form-data; boundary=x", "next-action": "x" }),
    post("/api/trpc/account.me", "\u001f\u008b\b\0\0\0\0\0", { ...json, "content-encoding": "gzip" }),
    { path: "/?__proto__[x]=1&constructor[prototype][x]=1" },
    { path: "/api/trpc/account.me?input=%7B%7D&input=%7B%7D&batch=1&batch=0" },
    { path: "/api/trpc/account.me?connectionParams=%7B%22__proto__%22%3A1%7D" },
  ];
}

/** Inputs that no client of ours sends: every response is a 2xx or a 4xx, or says that the server is busy. */
export const inputs: Attack = {
  name: "inputs",
  isQuick: true,
  run: async (target, scale) => {
    const open = target.procedures
      .filter(({ role }) => role === null)
      .flatMap((procedure) => casesOf(procedure, scale));
    const guarded = target.procedures
      .filter(({ role, path }) => role !== null && !spared.has(path))
      .flatMap((procedure) => casesOf(procedure, scale));
    const admin = { cookie: target.users.admin.cookie, origin: target.origin };
    const odd = oddRequests();
    return checked(
      noneOf("no public procedure answers 500", await sendAll(target, open, {}), open.length),
      noneOf(
        "no guarded procedure answers 500 to an administrator",
        await sendAll(target, guarded, admin),
        guarded.length,
      ),
      noneOf(
        "no odd path, batch or method answers 500",
        await sendAll(target, odd, { origin: target.origin }),
        odd.length,
      ),
    );
  },
};
