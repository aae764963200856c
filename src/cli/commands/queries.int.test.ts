import { expect, test } from "vitest";
import { UsageError } from "../command";
import { openCliRuntime, runOn } from "../test-command";
import { queriesCommand } from "./queries";

test("the command line shows the cost of statements, their plans, and a missing index", async () => {
  await using app = await openCliRuntime();
  const { services, database } = app.runtime;
  const queries = runOn(app.runtime, queriesCommand);
  await services.notes.folders();

  const counted = await queries();
  expect(counted.text).toMatch(/^folder\.list +1 /mu);
  expect(counted.data).toMatchObject({ ok: true, isAvailable: true });

  const explained = await queries("explain", "folder.list");
  expect(explained.text).toMatch(/Seq Scan on notes\.folders/u);
  expect(explained.text).toContain("The statement has no parameters.");
  const measured = await queries("explain", "folder.list", "--analyze");
  expect(measured.text).toMatch(/execution [\d.]+ ms/u);
  const { entries } = await services.audit.list({ limit: 10, action: "statement.analyze" });
  expect(entries).toMatchObject([{ actor: { label: "command line" }, subject: "statement:folder.list" }]);

  // Tables below two thousand rows get no advice.
  await database.transaction(async (tx) => {
    await tx.execute(`insert into notes.notes (id, title, folder_code, words, x, y, search_title)
      select 10000 + n, 'note', 'travel', n, n % 90, n % 89, 'note' from generate_series(1, 10000) n`);
    await tx.execute("drop index notes.notes_position");
    await tx.execute("analyze notes.notes");
  });
  await services.notes.nearby({ x: 1, y: 2, limit: 5, radius: 300 });
  const advised = await queries("advice");
  expect(advised.text).toContain(
    'CREATE INDEX CONCURRENTLY "notes_position" ON "notes"."notes" USING gist ("position");',
  );
  expect(advised.text).toContain('index("notes_position").using("gist", t.position)');
  expect(advised.text).toContain("None of this is applied automatically.");

  await expect(queries("explain")).rejects.toThrow(UsageError);
  await expect(queries("tune")).rejects.toThrow(UsageError);
  await expect(queries("explain", "no.such")).rejects.toMatchObject({ cause: { code: "STATEMENT_UNKNOWN" } });
});
