import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "@/server/rpc/zod";

/** Drizzle's separator: each part is a statement of its own. */
const breakpoint = "\n--> statement-breakpoint\n";

const tablesOfSnapshot = z.object({
  tables: z.record(z.string(), z.object({ name: z.string(), schema: z.string() })),
});
const journalSchema = z.looseObject({
  entries: z.array(
    z.object({ idx: z.int(), version: z.string(), when: z.number(), tag: z.string(), breakpoints: z.boolean() }),
  ),
});

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

/** The functions that these migrations create, with the types of their parameters, as `drop function` takes them. */
function functionsOf(migrations: string): string[] {
  const created = migrations.matchAll(/^\s*create\s+(?:or\s+replace\s+)?function\s+([\w."]+)\s*\(([^)]*)\)/gim);
  const signatures = [...created].map(([, name = "", parameters = ""]) => {
    const withoutDefaults = parameters.split(",").map((parameter) => parameter.split(/\s+default\s+|=/i)[0] ?? "");
    return `${name}(${withoutDefaults.map((parameter) => parameter.trim()).join(", ")})`;
  });
  return [...new Set(signatures)];
}

/** The schemas that these migrations create. */
function schemasOf(migrations: string): string[] {
  const created = migrations.matchAll(/^\s*create\s+schema\s+(?:if\s+not\s+exists\s+)?"?([\w$]+)"?\s*;/gim);
  return [...new Set([...created].map(([, name = ""]) => name))];
}

type Table = { schema: string; name: string };

/** The tables that these migrations make, by their newest snapshot; the schema is empty where none is named. */
export async function tablesOf(migrationsFolder: string): Promise<Table[]> {
  const snapshots = (await readdir(join(migrationsFolder, "meta"))).filter((name) => name.endsWith("_snapshot.json"));
  const newest = snapshots.toSorted().at(-1);
  if (newest === undefined) return [];
  return Object.values(tablesOfSnapshot.parse(await readJson(join(migrationsFolder, "meta", newest))).tables);
}

/**
 * The migration that drops what a feature's migrations made: its tables, its functions, the schemas that they created, and
 * its journal.
 */
export async function dropTables(feature: string, migrationsFolder: string): Promise<string | null> {
  if (!existsSync(join(migrationsFolder, "meta/_journal.json"))) return null;
  const tables = await tablesOf(migrationsFolder);
  const files = (await readdir(migrationsFolder)).filter((name) => name.endsWith(".sql")).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(migrationsFolder, name), "utf8")));
  const names = tables.map(({ schema, name }) => (schema === "" ? quote(name) : `${quote(schema)}.${quote(name)}`));
  const statements = [
    // One statement: the tables may refer to each other.
    ...(names.length === 0 ? [] : [`DROP TABLE IF EXISTS ${names.join(", ")};`]),
    ...functionsOf(texts.join("\n")).map((signature) => `DROP FUNCTION IF EXISTS ${signature};`),
    // Without CASCADE: what others keep in it stays, and the migration names it.
    ...schemasOf(texts.join("\n")).map((schema) => `DROP SCHEMA IF EXISTS ${quote(schema)};`),
    `DROP TABLE IF EXISTS ${quote("weir")}.${quote(`migrations_${feature}`)};`,
    // Of a release that kept the journal there.
    `DROP TABLE IF EXISTS ${quote("drizzle")}.${quote(`__drizzle_migrations_${feature}`)};`,
  ];
  return `-- Drops what the feature ${feature} kept in Postgres. Extensions stay: other tables may use them.\n${statements.join(breakpoint)}\n`;
}

export type NextMigration = { tag: string; path: string; sql: string; write: () => Promise<void> };

/** The next migration of the platform, made of the file in drizzle/later; null without such a file. */
export async function nextMigration(root: string, feature: string, now: number): Promise<NextMigration | null> {
  const later = join(root, `drizzle/later/drop_${feature}.sql`);
  if (!existsSync(later)) return null;
  const sql = await readFile(later, "utf8");
  const journalFile = join(root, "drizzle/meta/_journal.json");
  const journal = journalSchema.parse(await readJson(journalFile));
  const last = journal.entries.at(-1);
  const idx = last === undefined ? 0 : last.idx + 1;
  const tag = `${String(idx).padStart(4, "0")}_drop_${feature}`;
  const entry = {
    idx,
    version: last?.version ?? "7",
    // drizzle-kit expects them in order.
    when: Math.max(now, (last?.when ?? 0) + 1),
    tag,
    breakpoints: true,
  };
  const path = `drizzle/${tag}.sql`;
  return {
    tag,
    path,
    sql,
    write: async () => {
      // The tables of the platform stay as they are: the snapshot is the last one under an identity of its own.
      const number = (index: number) => String(index).padStart(4, "0");
      const snapshotFile = (index: number) => join(root, `drizzle/meta/${number(index)}_snapshot.json`);
      if (last !== undefined && existsSync(snapshotFile(last.idx))) {
        const snapshot = z.looseObject({ id: z.string() }).parse(await readJson(snapshotFile(last.idx)));
        const next = { ...snapshot, id: randomUUID(), prevId: snapshot.id };
        await writeFile(snapshotFile(idx), JSON.stringify(next, null, 2));
      }
      await writeFile(join(root, path), sql);
      await writeFile(
        journalFile,
        `${JSON.stringify({ ...journal, entries: [...journal.entries, entry] }, null, 2)}\n`,
      );
      await rm(later);
    },
  };
}
