import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readEnv } from "./env";

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
  KEY_PREFIX: "weir:",
  DATA_DIR: ".data",
  SHUTDOWN_DELAY_MS: 0,
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
    PUBLIC_ORIGIN: "https://cities.example",
    TRUSTED_PROXIES: "10.0.0.1, ::1,",
    DATABASE_URL: "postgresql://weir@db/weir",
    REDIS_URL: "rediss://cache:6380",
    WEIR_DISABLE: "l1, single-flight",
  });
  expect(env).toMatchObject({
    PORT: 0,
    PUBLIC_ORIGIN: "https://cities.example",
    TRUSTED_PROXIES: ["10.0.0.1", "::1"],
    DATABASE_URL: "postgresql://weir@db/weir",
    REDIS_URL: "rediss://cache:6380",
    WEIR_DISABLE: ["l1", "single-flight"],
  });
  expect(Object.isFrozen(env)).toBe(true);
});

/** One value per variable that it refuses, and the words with which it says what is allowed. */
const refused: readonly (readonly [name: string, value: string, says: string])[] = [
  ["NODE_ENV", "staging", "production"],
  ["PORT", "65536", "whole number from 0 to 65535"],
  ["PORT", "1e3", "whole number from 0 to 65535"],
  ["PUBLIC_ORIGIN", "https://cities.example/app", "origin without a path"],
  ["PUBLIC_ORIGIN", "cities.example", "http:// or https://"],
  ["TRUSTED_PROXIES", "10.0.0.1, proxy", "comma list of IP addresses"],
  ["DATABASE_URL", "mysql://db", "postgres:// or postgresql://"],
  ["DATABASE_POOL_MAX", "0", "whole number from 1 to 200"],
  ["REDIS_URL", "127.0.0.1:6379", "redis:// or rediss://"],
  ["QUEUE_REDIS_URL", "http://127.0.0.1:6379", "redis:// or rediss://"],
  ["KEY_PREFIX", "weir", "then a colon"],
  ["METRICS_TOKEN", "short", "at least 16 characters"],
  ["WEIR_DISABLE", "l1,l3", "l1, l2, single-flight, prepared"],
];

test.for(refused)("%s=%s is refused with what is allowed", ([name, value, says]) => {
  const problems = reject({ [name]: value });
  expect(problems.join("\n")).toContain(says);
  expect(problems.every((line) => line.startsWith(`${name} `))).toBe(true);
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
