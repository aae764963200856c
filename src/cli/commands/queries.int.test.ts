import { expect, test } from "vitest";
import { UsageError } from "../command";
import { openCliRuntime, runOn } from "../test-command";
import { queriesCommand } from "./queries";

test("the command line shows what statements cost, their plans, and which index is missing", async () => {
  await using app = await openCliRuntime();
  const { services, database } = app.runtime;
  const queries = runOn(app.runtime, queriesCommand);
  await services.cities.countries.list();

  const counted = await queries();
  expect(counted.text).toMatch(/^country\.list +1 /mu);
  expect(counted.data).toMatchObject({ ok: true, isAvailable: true });

  const explained = await queries("explain", "country.list");
  expect(explained.text).toMatch(/Seq Scan on public\.countries/u);
  expect(explained.text).toContain("It takes no values.");
  const measured = await queries("explain", "country.list", "--analyze");
  expect(measured.text).toMatch(/run in [\d.]+ ms/u);
  const { entries } = await services.audit.list({ limit: 10, action: "statement.analyze" });
  expect(entries).toMatchObject([{ actor: { label: "command line" }, subject: "statement:country.list" }]);

  await database.transaction((tx) => tx.execute("drop index cities_position"));
  await services.cities.nearby({ lat: 1, lon: 2, limit: 5 });
  const advised = await queries("advice");
  expect(advised.text).toContain(
    'CREATE INDEX CONCURRENTLY "cities_position" ON "public"."cities" USING gist ("position");',
  );
  expect(advised.text).toContain('index("cities_position").using("gist", t.position)');
  expect(advised.text).toContain("Nothing of this is applied by itself.");

  await expect(queries("explain")).rejects.toThrow(UsageError);
  await expect(queries("tune")).rejects.toThrow(UsageError);
  await expect(queries("explain", "no.such")).rejects.toMatchObject({ cause: { code: "STATEMENT_UNKNOWN" } });
});
