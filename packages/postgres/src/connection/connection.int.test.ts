import { inject, expect, onTestFinished, test } from "vitest";
import { type Connection, type ConnectionOptions, createConnection } from "./connection";

const objects = { prepare: true, shape: "objects" } as const;
const arrays = { prepare: true, shape: "arrays" } as const;

function connect(options: Partial<ConnectionOptions> = {}): Connection {
  const connection = createConnection({
    url: inject("databaseUrl"),
    applicationName: "weir connection test",
    statementTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    prepare: true,
    ...options,
  });
  onTestFinished(connection.end);
  return connection;
}

test("rows come as objects or arrays, with command and count; dates stay strings", async () => {
  const connection = connect();
  const text = "select place, date '2024-02-29' as day, array[1, 2] as list from generate_series(1, 2) as place";
  const rows = await connection.send(text, [], objects);
  expect(Array.from(rows)).toEqual([
    { place: 1, day: "2024-02-29", list: [1, 2] },
    { place: 2, day: "2024-02-29", list: [1, 2] },
  ]);
  expect(rows).toMatchObject({ command: "SELECT", count: 2 });
  expect(Array.from(await connection.send(text, [], arrays))).toEqual([
    [1, "2024-02-29", [1, 2]],
    [2, "2024-02-29", [1, 2]],
  ]);
});

test("a failure in the middle of a result leaves nothing to the next one", async () => {
  const connection = connect({ statementTimeoutMs: 100 });
  const breaking = "select 10 / (5 - place) from generate_series(1, 10) as place";
  const stalling = `select place, case when place = 2000 then pg_sleep(5) end from generate_series(1, 2000) as place`;
  await expect(connection.send(breaking, [], objects)).rejects.toMatchObject({ code: "22012" });
  expect(Array.from(await connection.send("select 7 as seven", [], objects))).toEqual([{ seven: 7 }]);
  await expect(connection.send(stalling, [], arrays)).rejects.toMatchObject({ code: "DATABASE_TIMEOUT" });
  expect(Array.from(await connection.send("select 8 as eight", [], arrays))).toEqual([[8]]);
  expect(connection.isUsable()).toBe(true);
});

test("a new connection sends nothing but what it was asked to", async () => {
  const connection = connect();
  const rows = await connection.send("select statement from pg_prepared_statements", [], {
    ...objects,
    prepare: false,
  });
  expect(Array.from(rows)).toEqual([]);
});

test("a lost session is never opened again", async () => {
  const connection = connect();
  const terminated = connection.send("select pg_terminate_backend(pg_backend_pid())", [], objects);
  await expect(terminated).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  await expect(connection.lost).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  expect(connection.isUsable()).toBe(false);
  await expect(connection.send("select 1", [], objects)).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});

test("a server that cannot be reached is DATABASE_UNAVAILABLE", async () => {
  const connection = connect({ url: "postgres://weir@127.0.0.1:1/weir" });
  await expect(connection.send("select 1", [], objects)).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
});

test("ending a connection settles the statement that is running on it", async () => {
  const connection = connect();
  await connection.send("select 1", [], objects);
  const [running] = await Promise.allSettled([connection.send("select pg_sleep(4)", [], objects), connection.end()]);
  expect(running).toMatchObject({ status: "rejected", reason: { code: "DATABASE_UNAVAILABLE" } });
});
