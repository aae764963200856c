import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { initTRPC } from "@trpc/server";
import { fillPlaceholders, sql } from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { integer, PgDialect, pgTable } from "drizzle-orm/pg-core";
import { PostgresJsDatabase, PostgresJsSession, PostgresJsTransaction } from "drizzle-orm/postgres-js";
import { Redis } from "ioredis";
import postgres from "postgres";
import { expect, test } from "vitest";

type PrivateInterface = { library: string; what: string; user: string; now: () => unknown; expected: unknown };

/** Undocumented interfaces of other libraries that this project uses. docs/private-interfaces.md has the same list. */
const interfaces = {
  session: {
    library: "postgres",
    what: "the handler of a query, and the fields that a session reads of it",
    user: "packages/postgres/src/connection/connection.ts",
    now: () => {
      const client = postgres("postgres://weir@127.0.0.1:1/weir", { max: 1 });
      const query = client.unsafe("") as unknown as Record<string, unknown>;
      const handler = typeof query.handler;
      return { handler, fields: fieldsOfQuery(), rowsTo: /forEachFn\([^,]*, result\)/.test(sourceOf("connection.js")) };
    },
    expected: {
      handler: "function",
      // `js` is the end of "query.js", the name of a module.
      fields:
        "active args cancelled cursorFn cursorName cursorRows describeFirst execute forEachFn isRaw js onlyDescribe options " +
        "origin parameters parsing portal prepare prepared reject reserve resolve retried signature state statement string " +
        "strings tagged",
      rowsTo: true,
    },
  },
  conversions: {
    library: "postgres",
    what: "parsers and serializers by type in the options of a client",
    user: "packages/postgres/src/connection/conversions.ts",
    now: () => {
      const { parsers, serializers } = postgres("postgres://weir@127.0.0.1:1/weir", { max: 1 }).options;
      return [typeof parsers[1184], typeof serializers[1184], typeof serializers[3802]];
    },
    expected: ["function", "function", "function"],
  },
  copy: {
    library: "postgres",
    what: "`reject` of a query, which is called for an error after the last byte of a COPY",
    user: "packages/postgres/src/connection/connection.ts",
    now: () => {
      const query = postgres("postgres://weir@127.0.0.1:1/weir", { max: 1 }).unsafe("") as unknown as object;
      return {
        own: Object.keys(query).includes("reject"),
        called: sourceOf("connection.js").includes("query.reject("),
      };
    },
    expected: { own: true, called: true },
  },
  drizzleSession: {
    library: "drizzle-orm",
    what: "`prepareQuery` of a session, whose result has `execute`, over a client with `unsafe`",
    user: "packages/postgres/src/session.ts",
    now: async () => {
      const sent: unknown[] = [];
      const rows = Object.assign(Promise.resolve([]), { values: () => Promise.resolve([[7]]) });
      const client = {
        options: { parsers: {}, serializers: {} },
        unsafe: (...args: unknown[]) => (sent.push(args), rows),
      };
      const dialect = new PgDialect();
      // Drizzle asks for a postgres.js client, of which it calls `unsafe` alone.
      const session = new PostgresJsSession(client as unknown as postgres.Sql, dialect, undefined);
      const db = new PostgresJsDatabase(dialect, session, undefined);
      const statement = db.select({ id: numbers.id }).from(numbers).prepare("numbers.all");
      const execute = typeof Reflect.get(statement, "execute");
      const result = await statement.execute();
      const arity = [PostgresJsSession.prototype.prepareQuery.length >= 5, PostgresJsTransaction.length >= 3];
      return { execute, sent, result, arity };
    },
    expected: {
      execute: "function",
      sent: [['select "id" from "numbers"', [], { prepare: true }]],
      result: [{ id: 7 }],
      arity: [true, true],
    },
  },
  drizzleValues: {
    library: "drizzle-orm",
    what: "`fillPlaceholders`, `decoder` of an expression, `cause` of a DrizzleQueryError",
    user: "packages/postgres/src/session.ts",
    now: () => {
      const { decoder } = sql`now()` as unknown as { decoder: { mapFromDriverValue: (value: unknown) => unknown } };
      return [
        fillPlaceholders([sql.placeholder("id"), 2], { id: 1 }),
        decoder.mapFromDriverValue("as it is"),
        new DrizzleQueryError("select 1", [], new Error("the driver's")).cause?.message,
      ];
    },
    expected: [[1, 2], "as it is", "the driver's"],
  },
  redisCommands: {
    library: "ioredis",
    what: "`sendCommand` as the way of every command, pipelined or not, with its `name` and `promise`",
    user: "packages/core/src/channels.ts",
    now: async () => {
      const redis = new Redis({ lazyConnect: true, enableOfflineQueue: false });
      const seen: string[] = [];
      redis.sendCommand = (command) => {
        seen.push(`${command.name} ${typeof command.promise.then}`);
        command.resolve("OK");
        return command.promise;
      };
      await redis.get("one");
      await redis.pipeline().get("two").incr("three").exec();
      redis.disconnect();
      return seen;
    },
    expected: ["get function", "get function", "incr function"],
  },
  trpcDefinitions: {
    library: "@trpc/server",
    what: "`_def` of a router (procedures, `_config`) and of a procedure (type, meta), and a procedure as a function",
    user: "packages/trpc-node/src",
    now: async () => {
      const t = initTRPC.meta<{ role: string }>().create();
      const double = t.procedure.meta({ role: "viewer" }).query(({ path }) => path);
      const { _def } = t.router({ numbers: t.router({ double }) });
      const [[path, procedure] = [], ...more] = Object.entries(
        // Flat at run time, as a tree in the types.
        _def.procedures as unknown as Record<string, typeof double>,
      );
      const { transformer, errorFormatter, isServer } = _def._config;
      const call = {
        path: "numbers.double",
        getRawInput: async () => undefined,
        ctx: {},
        type: "query",
        batchIndex: 0,
      };
      const run = procedure as unknown as (options: typeof call & { signal: undefined }) => Promise<unknown>;
      return {
        path,
        more,
        procedure: [procedure?._def.type, procedure?._def.meta],
        config: [typeof transformer.output.serialize, typeof errorFormatter, isServer],
        result: await run({ ...call, signal: undefined }),
      };
    },
    expected: {
      path: "numbers.double",
      more: [],
      procedure: ["query", { role: "viewer" }],
      config: ["function", "function", true],
      result: "numbers.double",
    },
  },
} satisfies Record<string, PrivateInterface>;

const numbers = pgTable("numbers", { id: integer("id") });

const packageFolder = (library: string): string => {
  const entry = createRequire(import.meta.url).resolve(library);
  return entry.slice(0, entry.lastIndexOf(`node_modules/${library}/`) + `node_modules/${library}`.length);
};

/** postgres.js does not export its modules, so their source is searched. */
const sourceOf = (file: string): string => readFileSync(join(packageFolder("postgres"), "src", file), "utf8");

function fieldsOfQuery(): string {
  const found = sourceOf("connection.js").matchAll(/\b(?:query|q)\.([a-zA-Z]+)/g);
  return [...new Set(Array.from(found, ([, name = ""]) => name))].toSorted((a, b) => (a < b ? -1 : 1)).join(" ");
}

const versionOf = (library: string): string => {
  // npm's format.
  const file = JSON.parse(readFileSync(join(packageFolder(library), "package.json"), "utf8")) as { version: string };
  return file.version;
};

test.each<PrivateInterface>(Object.values(interfaces))(
  "$library still has $what",
  async ({ library, what, user, now, expected }) => {
    const message = `${library} ${versionOf(library)} changed ${what}. ${user} relies on it: see docs/private-interfaces.md.`;
    // A missing interface usually throws.
    const found: unknown = await Promise.resolve().then(now).catch(String);
    expect(found, message).toEqual(expected);
  },
);

test("docs/private-interfaces.md lists each of them with its user", () => {
  const page = readFileSync(join(dirname(import.meta.dirname), "../docs/private-interfaces.md"), "utf8");
  for (const { library, what, user } of Object.values(interfaces)) {
    expect(page).toContain(`| \`${library}\` | ${what} | \`${user}\` |`);
  }
});
