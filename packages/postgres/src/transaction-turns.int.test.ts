import { expect, inject, onTestFinished, test } from "vitest";
import { type Connection, createConnection } from "./connection";
import { createParameterSamples } from "./parameter-samples";
import { createStatementNames } from "./trace";
import { runTransaction, type TransactionClient } from "./transaction";

/** A real connection that keeps account of what is under way on it. */
function watchedConnection(): { connection: Connection; most: () => number; sent: string[] } {
  const inner = createConnection({
    url: inject("databaseUrl"),
    applicationName: "weir turns test",
    statementTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    prepare: true,
  });
  onTestFinished(inner.end);
  const sent: string[] = [];
  let underWay = 0;
  let most = 0;
  const send: Connection["send"] = async (text, ...rest) => {
    sent.push(text);
    underWay += 1;
    most = Math.max(most, underWay);
    return inner.send(text, ...rest).finally(() => (underWay -= 1));
  };
  return { connection: { ...inner, send }, most: () => most, sent };
}

async function run<Result>(
  connection: Connection,
  work: (client: TransactionClient) => Promise<Result>,
): Promise<Result> {
  const lease = { connection, waitMs: 0, extend: () => undefined, release: () => undefined };
  const samples = createParameterSamples("off", () => 0);
  return runTransaction({ lease, names: createStatementNames(), samples, deadlineAtMs: null, options: {} }, work);
}

test("statements of one transaction are never under way together", async () => {
  const { connection, most, sent } = watchedConnection();
  await run(connection, (client) =>
    Promise.all([
      client.unsafe("select 1"),
      client.unsafe("select 2"),
      client.savepoint((inner) => inner.unsafe("select 3")),
    ]),
  );
  expect(most()).toBe(1);
  expect(sent).toEqual([
    "begin",
    "savepoint weir_1",
    "select 1",
    "select 2",
    "select 3",
    "release savepoint weir_1",
    "commit",
  ]);
});

test("the rollback is sent when the last statement has settled, also when nobody awaits it any more", async () => {
  const { connection, most, sent } = watchedConnection();
  const work = run(connection, (client) => Promise.all([client.unsafe("select 1 / 0"), client.unsafe("select 2")]));
  await expect(work).rejects.toMatchObject({ code: "22012" });
  expect(most()).toBe(1);
  expect(sent).toEqual(["begin", "select 1 / 0", "select 2", "rollback"]);
});
