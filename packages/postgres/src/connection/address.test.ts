import { expect, test } from "vitest";
import { readAddress } from "./address";

const base = "postgres://weir:pa%2Fss@db.example:6543/shop";

test("a plain URL stays as it is", () => {
  expect(readAddress(base)).toEqual({
    url: base,
    hosts: [base],
    target: "read-write",
    ssl: false,
    settings: {},
    ignored: [],
  });
});

test("parameters of Prisma, Supabase and Neon are understood or named as ignored", () => {
  const { url, settings, ssl, ignored } = readAddress(
    `${base}?schema=shop&pgbouncer=true&connection_limit=5&sslmode=require&channel_binding=require&options=project%3Dx`,
  );
  expect(url).toBe(`${base}?options=project%3Dx`);
  expect(settings).toEqual({ search_path: "shop" });
  expect(ssl).toEqual({ rejectUnauthorized: false });
  expect(ignored.map((text) => text.split(" ")[0])).toEqual(["connection_limit", "pgbouncer", "channel_binding"]);
});

test.each([
  ["disable", false],
  ["allow", "prefer"],
  ["prefer", "prefer"],
  ["require", { rejectUnauthorized: false }],
  ["no-verify", { rejectUnauthorized: false }],
  ["verify-full", { rejectUnauthorized: true }],
  ["verify-ca", { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) }],
])("sslmode=%s", (mode, expected) => {
  expect(readAddress(`${base}?sslmode=${mode}`).ssl).toEqual(expected);
});

test("an authority that is named is used, and verified against even with require", () => {
  const { ssl } = readAddress(`${base}?sslmode=require&sslrootcert=${encodeURIComponent(import.meta.filename)}`);
  expect(ssl).toMatchObject({ rejectUnauthorized: true, ca: expect.any(Buffer) });
});

test.each(["sslmode=strict", "sslmode=verify-ca&sslrootcert=/no/such/file"])("%s is refused with its name", (query) => {
  expect(() => readAddress(`${base}?${query}`)).toThrow(/DATABASE_URL: ssl(mode must be one of|rootcert: ENOENT)/);
});

test("several hosts are kept in their order", () => {
  const hosts = "postgres://weir:secret@one:5432,two:5433/shop";
  expect(readAddress(`${hosts}?target_session_attrs=primary&connection_limit=3`)).toMatchObject({
    hosts: ["one:5432", "two:5433"].map(
      (host) => `postgres://weir:secret@${host}/shop?target_session_attrs=primary&connection_limit=3`,
    ),
    target: "primary",
    ignored: [expect.any(String)],
  });
});

test("a user or a password that reads like a host stays where it is", () => {
  const hosts = "postgres://one:one:two@one:5432,two:5433/shop";
  const escaped = "postgres://one:one%3A5432@one:5432,two:5433/one";
  expect(readAddress(`${escaped}?connection_limit=3`).url).toBe(escaped);
  expect(readAddress(hosts).url).toMatch(/^postgres:\/\/one:[^@]+@one:5432,two:5433\/shop$/);
});
