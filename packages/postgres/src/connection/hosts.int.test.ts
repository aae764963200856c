import { sql } from "drizzle-orm";
import postgres from "postgres";
import { describe, expect, inject, test } from "vitest";
import { hasPostgresPair, type PostgresServer, startPostgresPair } from "@weir/testkit/postgres-pair";
import { createDatabase, createServerProbe, examineServer, migrateDatabase } from "..";

const urlOf = (target: string, ...servers: readonly Pick<PostgresServer, "port">[]): string =>
  `postgres://postgres@${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}/postgres?target_session_attrs=${target}`;

const needs = { connections: 3, schemas: [], extensions: [] };

test("when no host responds, each is named, and the wait ends", async () => {
  const url = urlOf("read-write", { port: 1 }, { port: 2 });
  await expect(examineServer(url, needs)).rejects.toMatchObject({
    code: "DATABASE_UNAVAILABLE",
    message: expect.stringMatching(/127\.0\.0\.1:1: nothing listens there; 127\.0\.0\.1:2: nothing listens there/),
  });
  const database = createDatabase({ url, max: 1 });
  await expect(database.ping()).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
  await database.close();
});

test("a target that cannot be written to is refused with its name", async () => {
  for (const target of ["standby", "prefer-standby", "read-only", "sometimes"]) {
    const { port } = new URL(inject("databaseUrl"));
    await expect(examineServer(urlOf(target, { port: Number(port) }), needs)).rejects.toMatchObject({
      code: "DATABASE_UNSUITABLE",
      message: expect.stringMatching(
        new RegExp(`target_session_attrs must be read-write, primary or any; got ${target}`),
      ),
    });
  }
});

describe.skipIf(!hasPostgresPair)("with a primary and its standby", () => {
  test(
    "the primary is found behind the standby, and after a failover the promoted one, without a restart",
    { timeout: 120_000 },
    async () => {
      await using pair = await startPostgresPair();
      const { primary, standby } = pair;
      const admin = postgres(primary.url, { max: 1 });
      await admin`create table counters (n int)`;
      await admin.end();

      const { problems } = await examineServer(urlOf("any", standby), needs);
      expect(problems).toEqual([expect.stringMatching(/is a standby, which rejects writes/)]);
      for (const target of ["read-write", "primary"]) {
        expect((await examineServer(urlOf(target, standby, primary), needs)).problems).toEqual([]);
      }
      const url = urlOf("read-write", standby, primary);
      await expect(migrateDatabase(url, { folder: "drizzle" })).resolves.toMatchObject({ changed: [] });

      const database = createDatabase({ url, max: 3 });
      const probe = createServerProbe({ url, applicationName: "weir probe" });
      const port = async (): Promise<unknown> =>
        (await database.db.execute(sql`select inet_server_port() as port`))[0]?.["port"];
      const write = () => database.db.execute(sql`insert into counters values (1)`);
      const writeAll = () => Promise.allSettled(Array.from({ length: 6 }, write));
      try {
        await Promise.all(Array.from({ length: 6 }, write));
        expect(await port()).toBe(primary.port);
        expect(await probe.read(5_000)).toMatchObject({ isReadOnly: false });

        await primary.stop();
        // Only the standby is left, which takes no writes.
        await writeAll();
        await expect(write()).rejects.toMatchObject({
          code: "DATABASE_UNAVAILABLE",
          cause: expect.objectContaining({ message: expect.stringMatching(/: a standby/) }),
        });
        await expect(probe.read(5_000)).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });

        await pair.promote();
        await writeAll();
        await Promise.all(Array.from({ length: 6 }, write));
        expect(await port()).toBe(standby.port);
        expect(await probe.read(5_000)).toMatchObject({ isReadOnly: false });
      } finally {
        await probe.close();
        await database.close();
      }
    },
  );

  test("a session on a standby is left once a write is refused there", { timeout: 120_000 }, async () => {
    await using pair = await startPostgresPair();
    const { primary, standby } = pair;
    const admin = postgres(primary.url, { max: 1 });
    await admin`create table counters (n int)`;
    // The standby has it too.
    const [{ lsn } = { lsn: "" }] = await admin<{ lsn: string }[]>`select pg_current_wal_lsn()::text as lsn`;
    const replica = postgres(standby.url, { max: 1 });
    await expect
      .poll(async () => (await replica`select pg_last_wal_replay_lsn() >= ${lsn}::pg_lsn as is`)[0]?.["is"], {
        timeout: 20_000,
      })
      .toBe(true);
    await Promise.all([admin.end(), replica.end()]);

    const database = createDatabase({ url: urlOf("any", standby), max: 2 });
    const write = () => database.db.execute(sql`insert into counters values (1)`);
    try {
      await expect(write()).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
      await pair.promote();
      await expect
        .poll(
          () =>
            write().then(
              () => "written",
              () => "refused",
            ),
          { timeout: 20_000 },
        )
        .toBe("written");
    } finally {
      await database.close();
    }
  });
});
