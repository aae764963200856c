import { and, asc, desc, eq, getTableName, gte, lt, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { type Db, prepared } from "@weir/postgres";
import { pinnedTraces, statementTexts, telemetrySlots } from "./schema";

/** Slot widths kept merged over all nodes. */
export type ArchiveTierName = "1m" | "1h";

/** What is known of a merged slot without reading it. */
export type SlotVersion = {
  startMs: number;
  /** Processes that reported; for an hour, the sum of its minutes. */
  reports: number;
  /** Messages recorded and dropped. */
  messages: number;
  /** When the last of these processes wrote, by its own clock. */
  writtenAtMs: number;
};

/** A merged slot; `head` and `body` are the two parts of one blob. */
export type ArchivedSlot = SlotVersion & { head: Buffer; body: Buffer };

export type StatementText = { name: string; text: string; firstSeenMs: number; lastSeenMs: number };

export type TableFootprint = {
  table: string;
  /** Including indexes and TOAST. */
  bytes: number;
  rows: number;
};

export type ArchiveFootprint = {
  tables: TableFootprint[];
  /** Size of the blobs of each tier in `telemetry_slots`. */
  tiers: { tier: string; slots: number; bytes: number }[];
};

/** The Postgres store of slots merged over all nodes. Every function rejects if the database fails. */
export type SlotArchive = {
  /** The database's clock in milliseconds. */
  now: () => Promise<number>;
  /** Oldest first; `toMs` is exclusive. */
  versions: (tier: ArchiveTierName, fromMs: number, toMs: number) => Promise<SlotVersion[]>;
  /** The slots with these start times that exist, in any order. */
  slots: (tier: ArchiveTierName, startsMs: readonly number[]) => Promise<ArchivedSlot[]>;
  /** Only their heads. */
  heads: (tier: ArchiveTierName, startsMs: readonly number[]) => Promise<(SlotVersion & { head: Buffer })[]>;
  /** Byte ranges of bodies, in the requested order; null if the slot is gone. `offset` counts from 0. */
  pieces: (
    tier: ArchiveTierName,
    wanted: readonly { startMs: number; offset: number; length: number }[],
  ) => Promise<(Buffer | null)[]>;
  /**
   * Stores a slot unless a more complete one exists: the greatest (messages, reports, written, bytes) wins,
   * regardless of the order and number of attempts. True if this slot was stored.
   */
  put: (tier: ArchiveTierName, slot: ArchivedSlot) => Promise<boolean>;
  /** Up to `limit` whole hours, oldest first, whose minutes hold more than the hour, with the totals of those minutes. */
  staleHours: (fromMs: number, toMs: number, limit: number) => Promise<Omit<SlotVersion, "writtenAtMs">[]>;
  /** Removes at most `limit` slots that start before `beforeMs`, oldest first; returns how many. */
  prune: (tier: ArchiveTierName, beforeMs: number, limit: number) => Promise<number>;
  /** Adds texts, and extends the time range in which known ones were seen. */
  noteTexts: (texts: readonly StatementText[]) => Promise<void>;
  texts: (names: readonly string[]) => Promise<StatementText[]>;
  /** Removes at most `limit` texts last seen before `beforeMs`; returns how many. */
  pruneTexts: (beforeMs: number, limit: number) => Promise<number>;
  footprint: () => Promise<ArchiveFootprint>;
};

const given = (name: string) => sql.placeholder(name);
const iso = (atMs: number): string => new Date(atMs).toISOString();

const { tier, startAt, reports, messages, writtenAt, head, body } = telemetrySlots;
const versionColumns = { startAt, reports, messages, writtenAt };
const isOfTier = eq(tier, given("tier"));
const isWanted = sql`${startAt} = any(${given("starts")}::timestamptz[])`;

type VersionRow = { startAt: string; reports: number; messages: number; writtenAt: string };

const toVersion = (row: VersionRow): SlotVersion => ({
  startMs: Date.parse(row.startAt),
  reports: row.reports,
  messages: row.messages,
  writtenAtMs: Date.parse(row.writtenAt),
});

function prepareReads(db: Db) {
  return {
    now: prepared(db, "telemetry.now", (on) =>
      on
        .select({ nowMs: sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8` })
        .from(sql`(values (1)) as one`),
    ),
    versions: prepared(db, "telemetry.marks", (on) =>
      on
        .select(versionColumns)
        .from(telemetrySlots)
        .where(and(isOfTier, gte(startAt, given("from")), lt(startAt, given("to"))))
        .orderBy(asc(startAt)),
    ),
    heads: prepared(db, "telemetry.heads", (on) =>
      on
        .select({ ...versionColumns, head })
        .from(telemetrySlots)
        .where(and(isOfTier, isWanted)),
    ),
    slots: prepared(db, "telemetry.slots", (on) =>
      on
        .select({ ...versionColumns, head, body })
        .from(telemetrySlots)
        .where(and(isOfTier, isWanted)),
    ),
    pieces: prepared(db, "telemetry.pieces", (on) =>
      on
        .select({
          place: sql<string>`wanted.place`,
          // Null if the slot is gone; otherwise bytes, as the driver reads them.
          piece: sql<Buffer | null>`substring(${body} from wanted.first for wanted.length)`,
        })
        .from(
          sql`unnest(${given("starts")}::timestamptz[], ${given("firsts")}::int[], ${given("lengths")}::int[])
            with ordinality as wanted (start_at, first, length, place)`,
        )
        .leftJoin(telemetrySlots, and(isOfTier, sql`${startAt} = wanted.start_at`)),
    ),
    staleHours: prepared(db, "telemetry.stale-hours", (on) => {
      const hour = sql<string>`date_trunc('hour', ${startAt}, 'UTC')`;
      const minutes = on
        .select({
          hour: hour.as("hour"),
          reports: sql<number>`sum(${reports})::int`.as("minute_reports"),
          messages: sql<string>`sum(${messages})::bigint`.as("minute_messages"),
        })
        .from(telemetrySlots)
        .where(and(eq(tier, "1m"), gte(startAt, given("from")), lt(startAt, given("to"))))
        .groupBy(hour)
        .as("minutes");
      return on
        .select({ startAt: minutes.hour, reports: minutes.reports, messages: minutes.messages })
        .from(minutes)
        .leftJoin(telemetrySlots, and(eq(tier, "1h"), eq(startAt, minutes.hour)))
        .where(sql`${startAt} is null or (${minutes.messages}, ${minutes.reports}) > (${messages}, ${reports})`)
        .orderBy(asc(minutes.hour))
        .limit(given("limit"));
    }),
    texts: prepared(db, "telemetry.texts", (on) =>
      on
        .select()
        .from(statementTexts)
        .where(sql`${statementTexts.name} = any(${given("names")}::text[])`),
    ),
  };
}

function prepareWrites(db: Db) {
  return {
    put: prepared(db, "telemetry.put", (on) =>
      on
        .insert(telemetrySlots)
        .values({
          tier: given("tier"),
          startAt: given("startAt"),
          reports: given("reports"),
          messages: given("messages"),
          writtenAt: given("writtenAt"),
          head: given("head"),
          body: given("body"),
        })
        .onConflictDoUpdate({
          target: [tier, startAt],
          set: {
            reports: sql`excluded.reports`,
            messages: sql`excluded.messages`,
            writtenAt: sql`excluded.written_at`,
            head: sql`excluded.head`,
            body: sql`excluded.body`,
          },
          // Versions of one slot are ranked and the highest wins, so the order of attempts does not matter.
          setWhere: sql`(excluded.messages, excluded.reports, excluded.written_at, excluded.head, excluded.body)
            > (${messages}, ${reports}, ${writtenAt}, ${head}, ${body})`,
        })
        .returning({ startAt }),
    ),
    prune: prepared(db, "telemetry.prune", (on) => {
      const oldest = on
        .select({ startAt })
        .from(telemetrySlots)
        .where(and(isOfTier, lt(startAt, given("before"))))
        .orderBy(asc(startAt))
        .limit(given("limit"));
      return on
        .delete(telemetrySlots)
        .where(and(isOfTier, sql`${startAt} in (${oldest})`))
        .returning({ startAt });
    }),
    noteTexts: prepared(db, "telemetry.note-texts", (on) => {
      const { firstSeenAt, lastSeenAt, text } = statementTexts;
      return on
        .insert(statementTexts)
        .select(
          sql`select * from unnest(${given("names")}::text[], ${given("texts")}::text[],
            ${given("firsts")}::timestamptz[], ${given("lasts")}::timestamptz[])`,
        )
        .onConflictDoUpdate({
          target: statementTexts.name,
          set: {
            text: sql`case when excluded.last_seen_at >= ${lastSeenAt} then excluded.text else ${text} end`,
            firstSeenAt: sql`least(${firstSeenAt}, excluded.first_seen_at)`,
            lastSeenAt: sql`greatest(${lastSeenAt}, excluded.last_seen_at)`,
          },
          // Every update writes a new row version, so `last_seen_at` moves only every ten minutes.
          setWhere: sql`excluded.first_seen_at < ${firstSeenAt}
            or excluded.last_seen_at > ${lastSeenAt} + interval '10 minutes'
            or (excluded.last_seen_at > ${lastSeenAt} and excluded.text <> ${text})`,
        });
    }),
    pruneTexts: prepared(db, "telemetry.prune-texts", (on) => {
      const { name, lastSeenAt } = statementTexts;
      const oldest = on
        .select({ name })
        .from(statementTexts)
        .where(lt(lastSeenAt, given("before")))
        .orderBy(asc(lastSeenAt))
        .limit(given("limit"));
      return on
        .delete(statementTexts)
        .where(sql`${name} in (${oldest})`)
        .returning({ name });
    }),
  };
}

function prepareFootprint(db: Db) {
  const ofTable = (table: PgTable) => {
    const name = getTableName(table);
    return sql`select ${name} as name, pg_total_relation_size(${`weir.${name}`}) as bytes, count(*) as rows from ${table}`;
  };
  const tables = sql.join([telemetrySlots, statementTexts, pinnedTraces].map(ofTable), sql` union all `);
  return {
    tables: prepared(db, "telemetry.tables", (on) =>
      on
        .select({ table: sql<string>`name`, bytes: sql`bytes`.mapWith(Number), rows: sql`rows`.mapWith(Number) })
        .from(sql`(${tables}) as tables`)
        .orderBy(desc(sql`bytes`)),
    ),
    // The length of TOASTed values is known without reading them.
    tiers: prepared(db, "telemetry.tiers", (on) =>
      on
        .select({
          tier,
          slots: sql`count(*)`.mapWith(Number),
          bytes: sql`sum(octet_length(${head}) + octet_length(${body}))`.mapWith(Number),
        })
        .from(telemetrySlots)
        .groupBy(tier)
        .orderBy(desc(tier)),
    ),
  };
}

/** The Postgres archive of slots merged over all nodes. */
export function createTelemetryArchive(db: Db): SlotArchive {
  const reads = prepareReads(db);
  const writes = prepareWrites(db);
  const sizes = prepareFootprint(db);
  const toStarts = (startsMs: readonly number[]): string[] => startsMs.map(iso);

  return {
    now: async () => Number((await reads.now.execute())[0]?.nowMs),
    versions: async (ofTier, fromMs, toMs) =>
      (await reads.versions.execute({ tier: ofTier, from: iso(fromMs), to: iso(toMs) })).map(toVersion),
    heads: async (ofTier, startsMs) => {
      const rows = await reads.heads.execute({ tier: ofTier, starts: toStarts(startsMs) });
      return rows.map((row) => ({ ...toVersion(row), head: row.head }));
    },
    slots: async (ofTier, startsMs) => {
      const rows = await reads.slots.execute({ tier: ofTier, starts: toStarts(startsMs) });
      return rows.map((row) => ({ ...toVersion(row), head: row.head, body: row.body }));
    },
    pieces: async (ofTier, wanted) => {
      const rows = await reads.pieces.execute({
        tier: ofTier,
        starts: toStarts(wanted.map(({ startMs }) => startMs)),
        // Postgres counts from one.
        firsts: wanted.map(({ offset }) => offset + 1),
        lengths: wanted.map(({ length }) => length),
      });
      const pieces: (Buffer | null)[] = wanted.map(() => null);
      for (const { place, piece } of rows) pieces[Number(place) - 1] = piece;
      return pieces;
    },
    put: async (ofTier, slot) => {
      const rows = await writes.put.execute({
        tier: ofTier,
        startAt: iso(slot.startMs),
        reports: slot.reports,
        messages: slot.messages,
        writtenAt: iso(slot.writtenAtMs),
        head: slot.head,
        body: slot.body,
      });
      return rows.length > 0;
    },
    staleHours: async (fromMs, toMs, limit) => {
      const rows = await reads.staleHours.execute({ from: iso(fromMs), to: iso(toMs), limit });
      return rows.map((row) => ({
        startMs: Date.parse(row.startAt),
        reports: row.reports,
        messages: Number(row.messages),
      }));
    },
    prune: async (ofTier, beforeMs, limit) =>
      (await writes.prune.execute({ tier: ofTier, before: iso(beforeMs), limit })).length,
    noteTexts: async (noted) => {
      if (noted.length === 0) return;
      await writes.noteTexts.execute({
        names: noted.map(({ name }) => name),
        texts: noted.map(({ text }) => text),
        firsts: noted.map(({ firstSeenMs }) => iso(firstSeenMs)),
        lasts: noted.map(({ lastSeenMs }) => iso(lastSeenMs)),
      });
    },
    texts: async (names) => {
      if (names.length === 0) return [];
      const rows = await reads.texts.execute({ names: [...names] });
      return rows.map(({ name, text, firstSeenAt, lastSeenAt }) => ({
        name,
        text,
        firstSeenMs: Date.parse(firstSeenAt),
        lastSeenMs: Date.parse(lastSeenAt),
      }));
    },
    pruneTexts: async (beforeMs, limit) => (await writes.pruneTexts.execute({ before: iso(beforeMs), limit })).length,
    footprint: async (): Promise<ArchiveFootprint> => {
      const [tables, tiers] = await Promise.all([sizes.tables.execute(), sizes.tiers.execute()]);
      return { tables, tiers };
    },
  };
}
