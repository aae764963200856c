import { addressSet } from "@weir/trpc-node";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readEnv } from "@/env.js";

const reject = (source: Record<string, string>): string[] => {
  const read = readEnv(source);
  return read.ok ? [] : read.problems;
};
const accept = (source: Record<string, string | undefined>) => {
  const read = readEnv(source);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.env;
};

const defaults = {
  NODE_ENV: "development",
  PORT: 3000,
  HOST: "127.0.0.1",
  TRUSTED_PROXIES: [],
  DATABASE_POOL_MAX: 10,
  DATABASE_POOLER: "auto",
  MIGRATE: "auto",
  SEED: "auto",
  KEY_PREFIX: "weir:",
  DATA_DIR: ".data",
  METRICS_PORT: 0,
  SHUTDOWN_DELAY_MS: 0,
  LIMIT_URL_LENGTH: 8_192,
  LIMIT_BODY_BYTES: 64_000,
  LIMIT_BATCH_LENGTH: 20,
  LIMIT_IN_FLIGHT: 100,
  LIMIT_COLD_KEYS: 30_000,
  LIMIT_CALL_MS: 10_000,
  LIMIT_HEADER_COUNT: 200,
  LIMIT_HEADER_BYTES: 16_384,
  LIMIT_HEADERS_MS: 10_000,
  LIMIT_REQUEST_MS: 30_000,
  LIMIT_KEEP_ALIVE_MS: 75_000,
  LIMIT_STALLED_STREAM_MS: 30_000,
  LOG_LEVEL: "info",
  LOG_FORMAT: "auto",
  STATEMENT_VALUES: "auto",
  TELEMETRY_REDIS_MINUTES: 180,
  TELEMETRY_MINUTE_DAYS: 7,
  TELEMETRY_HOUR_DAYS: 90,
  TELEMETRY_FINE_BYTES: 33_554_432,
  TELEMETRY_MINUTE_BYTES: 67_108_864,
  TELEMETRY_ROW_BYTES: 1_048_576,
  TRACE_SAMPLE_RATIO: 0.01,
  WEIR_VERIFY: 0,
  TRACE_RING_BYTES: 16_777_216,
  TRACE_PARAMETERS: "redacted",
  WEIR_INSTALL: "auto",
  WEIR_DISABLE: [],
};

test("an empty environment is a working one", () => {
  expect(accept({})).toEqual(defaults);
});

test("an empty value counts as absent", () => {
  const empty = Object.fromEntries(Object.keys(defaults).map((name) => [name, ""]));
  expect(accept({ ...empty, DATABASE_URL: "", METRICS_TOKEN: undefined })).toEqual(defaults);
});

test("what it does not know is left alone", () => {
  expect(accept({ PATH: "/bin", PORT: "8080" })).toEqual({ ...defaults, PORT: 8080 });
});

test("values become what they mean", () => {
  const env = accept({
    PORT: "0",
    PUBLIC_ORIGIN: "https://notes.example",
    TRUSTED_PROXIES: "10.0.0.1, ::1,",
    DATABASE_URL: "postgresql://weir@db/weir",
    REDIS_URL: "rediss://cache:6380",
    WEIR_DISABLE: "l1, single-flight",
  });
  expect(env).toMatchObject({
    PORT: 0,
    PUBLIC_ORIGIN: "https://notes.example",
    TRUSTED_PROXIES: ["10.0.0.1", "::1"],
    DATABASE_URL: "postgresql://weir@db/weir",
    REDIS_URL: "rediss://cache:6380",
    WEIR_DISABLE: ["l1", "single-flight"],
  });
  expect(Object.isFrozen(env)).toBe(true);
});

test("addresses and origins may be written in every usual way", () => {
  const trusted = "10.0.0.0/8, 2001:DB8::/32, ::ffff:0:a00:0/64, ::ffff:192.0.2.0/120, 0:0:0:0:0:0:0:1";
  expect(addressSet(accept({ TRUSTED_PROXIES: trusted }).TRUSTED_PROXIES).has("192.0.2.1")).toBe(true);
  expect(accept({ HOST: "[::1]" }).HOST).toBe("::1");
  for (const [written, origin] of [
    ["HTTPS://Notes.Example", "https://notes.example"],
    ["https://notes.example/", "https://notes.example"],
    ["https://notes.example:443", "https://notes.example"],
    ["https://nötes.example", "https://xn--ntes-5qa.example"],
    ["http://[2001:DB8:0::1]:3000", "http://[2001:db8::1]:3000"],
  ] as const) {
    expect(accept({ PUBLIC_ORIGIN: written }).PUBLIC_ORIGIN, written).toBe(origin);
  }
});

/** One value per variable that it refuses, and the words with which it says what is allowed. */
const refused: readonly (readonly [name: string, value: string, says: string])[] = [
  ["NODE_ENV", "staging", "production"],
  ["PORT", "65536", "whole number from 0 to 65535"],
  ["PORT", "1e3", "whole number from 0 to 65535"],
  ["PUBLIC_ORIGIN", "https://notes.example/app", "origin without a path"],
  ["PUBLIC_ORIGIN", "https://notes.example/?a", "origin without a path"],
  ["PUBLIC_ORIGIN", "https://user:word@notes.example", "origin without a path"],
  ["PUBLIC_ORIGIN", "notes.example", "http:// or https://"],
  ["TRUSTED_PROXIES", "::ffff:10.0.0.0/8", "comma-separated list of IP addresses"],
  ["TRUSTED_PROXIES", "x:y/8", "comma-separated list of IP addresses"],
  ["TRUSTED_PROXIES", "::ffff:0:0/95", "comma-separated list of IP addresses"],
  ["TRUSTED_PROXIES", "10.0.0.0/33", "comma-separated list of IP addresses"],
  ["METRICS_PORT", "65536", "whole number from 0 to 65535"],
  ["LIMIT_HEADER_COUNT", "10", "whole number from 20 to 2000"],
  ["TRUSTED_PROXIES", "10.0.0.1, proxy", "comma-separated list of IP addresses"],
  ["DATABASE_URL", "mysql://db", "postgres:// or postgresql://"],
  ["DATABASE_POOL_MAX", "0", "whole number from 1 to 200"],
  ["REDIS_URL", "127.0.0.1:6379", "redis:// or rediss://"],
  ["QUEUE_REDIS_URL", "http://127.0.0.1:6379", "redis:// or rediss://"],
  ["KEY_PREFIX", "weir", "then a colon"],
  ["AUTH_SECRET", "a".repeat(31), "at least 32 characters"],
  ["ADMIN_EMAIL", "nobody", "email address"],
  ["ADMIN_PASSWORD", "short", "at least 12 characters"],
  ["ADMIN_PASSWORD", "ababababababab", "6 different characters"],
  ["METRICS_TOKEN", "short", "at least 16 characters"],
  ["LIMIT_URL_LENGTH", "100", "whole number from 512 to 65536"],
  ["LIMIT_BODY_BYTES", "16777217", "whole number from 1024 to 16777216"],
  ["LIMIT_BATCH_LENGTH", "0", "whole number from 1 to 1000"],
  ["LIMIT_IN_FLIGHT", "-1", "whole number from 1 to 10000"],
  ["LIMIT_COLD_KEYS", "0", "whole number from 1000 to 999999999"],
  ["LIMIT_CONNECTIONS", "9", "whole number from 10 to 1000000"],
  ["LIMIT_CALL_MS", "10s", "whole number from 100 to 120000"],
  ["LIMIT_HEADER_BYTES", "1", "whole number from 4096 to 262144"],
  ["LIMIT_HEADERS_MS", "0", "whole number from 500 to 120000"],
  ["LIMIT_REQUEST_MS", "0", "whole number from 500 to 600000"],
  ["LIMIT_KEEP_ALIVE_MS", "0", "whole number from 1000 to 3600000"],
  ["LIMIT_STALLED_STREAM_MS", "0", "whole number from 1000 to 600000"],
  ["LOG_LEVEL", "loud", "must be trace, debug, info"],
  ["LOG_FORMAT", "xml", "must be auto, json or pretty"],
  ["TELEMETRY_REDIS_MINUTES", "1", "whole number from 30 to 1440"],
  ["TRACE_SAMPLE_RATIO", "2", "from 0 to 1"],
  ["WEIR_VERIFY", "1%", "from 0 to 1"],
  ["TRACE_PARAMETERS", "all", "must be redacted or shown"],
  ["WEIR_INSTALL", "yes", "must be auto, ask or never"],
  ["WEIR_DISABLE", "l1,l3", "l1, l2, single-flight, prepared"],
];

test.for(refused)("%s=%s is refused with what is allowed", ([name, value, says]) => {
  const problems = reject({ [name]: value });
  expect(problems.join("\n")).toContain(says);
  expect(problems.every((line) => line.startsWith(`${name} `))).toBe(true);
});

test("limits that contradict each other are refused by name", () => {
  expect(reject({ LIMIT_URL_LENGTH: "16000" })).toEqual([
    expect.stringMatching(/^LIMIT_HEADER_BYTES .*LIMIT_URL_LENGTH/),
  ]);
  expect(accept({ LIMIT_URL_LENGTH: "16000", LIMIT_HEADER_BYTES: "32000" })).toMatchObject({
    LIMIT_URL_LENGTH: 16_000,
  });
  expect(reject({ LIMIT_REQUEST_MS: "9999" })).toEqual([expect.stringMatching(/^LIMIT_REQUEST_MS .*LIMIT_HEADERS_MS/)]);
});

test("every problem is reported at once, each with its variable", () => {
  const source = Object.fromEntries(refused.map(([name, value]) => [name, value]));
  const named = reject(source).map((line) => line.replace(/ .*/s, ""));
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(source).toSorted());
});

test("a problem never repeats the value, which may be a secret", () => {
  expect(reject({ DATABASE_URL: "mysql://user:pa55@db", METRICS_TOKEN: "pa55" }).join("\n")).not.toContain("pa55");
});

test(".env.example describes every variable, each with its default", async () => {
  const example = await readFile(new URL("../.env.example", import.meta.url), "utf8");
  const described = [...example.matchAll(/^((?:#.*\n)+)([A-Z_]+)=$/gm)];
  const source = await readFile(new URL("./env.js", import.meta.url), "utf8");
  const declared = [...source.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
  expect(declared.length).toBeGreaterThan(10);
  expect(described.map(([, , name]) => name)).toEqual(declared);
  for (const [, comment, name] of described) expect(comment, name).toContain("# Default: ");
});
