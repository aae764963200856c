import { sql } from "drizzle-orm";
import type { DbOrTx } from "../session";
import { type OutboxStatus, readOutboxStatus } from "./outbox";

/**
 * A tag of each row: `columns` are read from the row (`order:42`; several are joined by a slash, `line:42/3`), `member` is
 * the same for all rows (`orders:all`). Columns have their names in the database.
 */
export type TouchTag =
  | { readonly family: string; readonly columns: readonly string[] }
  | { readonly family: string; readonly member: string };

/** The trigger by which writers that know nothing of Weir invalidate what is cached about a table. */
export type TouchTrigger = {
  readonly schema: string;
  readonly table: string;
  /**
   * The tag `<family>:*` must be on every entry about the table: TRUNCATE touches it, and statements that write more than
   * 500 rows.
   */
  readonly family: string;
  /** The tags of a row, as the feature's `tagsOf` names them. */
  readonly tags: readonly TouchTag[];
};

const events = ["insert", "update", "delete", "truncate"] as const;
export type TouchEvent = (typeof events)[number];

/** A table with the trigger on itself, on its parent or on a partition, as it is in the database. */
export type FoundTouch = {
  readonly schema: string;
  readonly table: string;
  /** The arguments of the trigger; those of `insert` where they differ, and null where the table has no trigger. */
  readonly args: readonly string[] | null;
  /** False when the triggers of the four events do not have the same arguments. */
  readonly isUniform: boolean;
  readonly missing: readonly TouchEvent[];
  /** Present, and switched off: by `ALTER TABLE … DISABLE TRIGGER`, or for all but replicated changes. */
  readonly disabled: readonly TouchEvent[];
  /** The table that this one is a partition or an inheritance child of, at the top. */
  readonly root: { readonly schema: string; readonly table: string };
};

/** Postgres cuts longer names off. */
const maxNameBytes = 63;

function checkName(name: string, of: string): string {
  if (name === "" || name.includes("\0") || Buffer.byteLength(name) > maxNameBytes) {
    throw new RangeError(`Not the name of a ${of}: ${JSON.stringify(name)}. Use 1 to ${maxNameBytes} bytes.`);
  }
  return name;
}

function checkFamily(family: string): string {
  if (!/^[\w-]{1,60}$/u.test(family)) {
    throw new RangeError(`Not a tag family: ${JSON.stringify(family)}. Use letters, digits, dashes, underscores.`);
  }
  return family;
}

/** Two literals with a backslash mean the same whatever `standard_conforming_strings` is. */
function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return quoted.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const columnName = (name: string): string => (/^[^",]+$/u.test(name) ? name : identifier(name));

/**
 * The arguments of the trigger function: the family, then one for each tag.
 * @throws RangeError for a family or a name that is not valid, and for a tag of no columns
 */
export function touchArguments({ family, tags }: Pick<TouchTrigger, "family" | "tags">): string[] {
  return [
    checkFamily(family),
    ...tags.map((tag) => {
      const own = checkFamily(tag.family);
      if ("member" in tag) {
        if (tag.member.includes("\0")) throw new RangeError(`Not a tag: ${JSON.stringify(tag.member)}.`);
        return `${own}:${tag.member}`;
      }
      if (tag.columns.length === 0) throw new RangeError(`The tag ${own} names no column.`);
      return `${own}=${tag.columns.map((name) => columnName(checkName(name, "column"))).join(",")}`;
    }),
  ];
}

/** A dollar quote that the text does not end. */
function dollarQuoted(text: string): string {
  let mark = "$weir$";
  for (let count = 1; text.includes(mark); count += 1) mark = `$weir${count}$`;
  return `${mark}\n${text}\n${mark}`;
}

/** Whose equal values have one text, which is the same in every session: the output functions of types and their domains. */
const suitable = [
  ..."boolout int2out int4out int8out numeric_out".split(" "),
  ..."textout varcharout bpcharout nameout enum_out uuid_out".split(" "),
  ..."date_out time_out timestamp_out timestamptz_out".split(" "),
];

/** Writes to a partition by its own name fire its own triggers only, so each table below has them too. */
const familyOfTarget = `WITH RECURSIVE below (id) AS (
      SELECT target::oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN below ON below.id = i.inhparent
    ) SELECT id::regclass AS name FROM below`;

const transitionTables: Readonly<Record<TouchEvent, string>> = {
  insert: " REFERENCING NEW TABLE AS new_rows",
  update: " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
  delete: " REFERENCING OLD TABLE AS old_rows",
  truncate: "",
};

const qualified = ({ schema, table }: Pick<TouchTrigger, "schema" | "table">): string =>
  `${identifier(checkName(schema, "schema"))}.${identifier(checkName(table, "table"))}`;

/**
 * The SQL that gives a table and its partitions the trigger: for the owner of the table, with USAGE on the schema `weir` and
 * EXECUTE on `weir.weir_touch()`. One statement, all or nothing, that can be run again: after a change of the tags, and for
 * new partitions. It stops with a sentence at a column that is missing or whose type has several texts for one value, at a
 * partition, and at a lock that it does not get within five seconds.
 * @throws RangeError for a name that Postgres would cut off, and for a family that `defineTags` refuses
 */
export function touchTriggerSql(trigger: TouchTrigger): string {
  const args = touchArguments(trigger);
  const columns = [...new Set(trigger.tags.flatMap((tag) => ("columns" in tag ? tag.columns : [])))];
  const create = events.map(
    (event) => `    EXECUTE pg_catalog.format(
      'CREATE OR REPLACE TRIGGER weir_touch_${event} AFTER ${event.toUpperCase()} ON %s${transitionTables[event]}
       FOR EACH STATEMENT EXECUTE FUNCTION weir.weir_touch(%s)', item.name, arguments);`,
  );
  return `DO ${dollarQuoted(`DECLARE
  target CONSTANT regclass := ${literal(qualified(trigger))};
  arguments CONSTANT text := ${literal(args.map(literal).join(", "))};
  columns CONSTANT text[] := ARRAY[${columns.map(literal).join(", ")}]::text[];
  patience CONSTANT text := pg_catalog.current_setting('lock_timeout');
  problem text;
  item record;
BEGIN
  SELECT i.inhparent::regclass::text INTO problem FROM pg_catalog.pg_inherits i WHERE i.inhrelid = target LIMIT 1;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION '% is a partition of %, through which its rows are written too', target, problem
      USING HINT = 'Give the trigger to the table above.';
  END IF;
  SELECT pg_catalog.string_agg(pg_catalog.format('%I: %s', wanted.name, CASE
      WHEN a.attname IS NULL THEN 'no such column'
      WHEN a.attgenerated = 'v' THEN 'triggers do not see virtual generated columns'
      WHEN t.typoutput::text = 'numeric_out' THEN 'numeric without a scale writes equal values in several ways'
      WHEN NOT c.collisdeterministic THEN 'its collation takes different texts for equal'
      ELSE 'values of type ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || ' have no text of their own for a tag' END),
      '; ' ORDER BY wanted.place)
    INTO problem
    FROM pg_catalog.unnest(columns) WITH ORDINALITY AS wanted (name, place)
    LEFT JOIN pg_catalog.pg_attribute a
      ON a.attrelid = target AND a.attname = wanted.name AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
    WHERE a.attname IS NULL OR a.attgenerated = 'v' OR NOT coalesce(c.collisdeterministic, true)
      OR t.typoutput::text <> ALL ('{${suitable.join(",")}}')
      OR (t.typtype = 'd' AND t.typoutput::text IN ('boolout', 'bpcharout'))
      OR (t.typoutput::text = 'numeric_out' AND greatest(a.atttypmod, t.typtypmod) = -1);
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION 'The tags of % cannot be made: %', target, problem USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_catalog.set_config('lock_timeout', '5s', true);
  FOR item IN ${familyOfTarget} LOOP
${create.join("\n")}
  END LOOP;
  PERFORM pg_catalog.set_config('lock_timeout', patience, true);
END`)};
`;
}

/** The SQL that takes the trigger from a table and its partitions, whatever its arguments are. Can be run again. */
export function dropTouchTriggerSql(table: Pick<TouchTrigger, "schema" | "table">): string {
  const drop = events.map(
    (event) => `    EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS weir_touch_${event} ON %s', item.name);`,
  );
  return `DO ${dollarQuoted(`DECLARE
  target CONSTANT regclass := pg_catalog.to_regclass(${literal(qualified(table))});
  item record;
BEGIN
  FOR item IN ${familyOfTarget} WHERE id IS NOT NULL LOOP
${drop.join("\n")}
  END LOOP;
END`)};
`;
}

type TriggerRow = { event: TouchEvent; args: string; isEnabled: boolean };
type TableRow = {
  schema: string;
  table: string;
  rootSchema: string;
  rootTable: string;
  triggers: TriggerRow[] | null;
};

/**
 * Every table of the database that has the trigger, or that belongs to the partitions of one that has it, by name. Empty in
 * a database without `weir.weir_touch`.
 */
export async function readTouchTriggers(db: DbOrTx): Promise<FoundTouch[]> {
  const rows = await db.execute<TableRow>(sql`
    with recursive own as (
      select tgrelid as id,
        unnest(array['insert', 'delete', 'update', 'truncate']) as event, unnest(array[4, 8, 16, 32]) as bit, tgtype,
        encode(tgargs, 'hex') as args, tgenabled in ('O', 'A') as is_enabled
      from pg_trigger
      -- After each statement; the function refuses every other kind.
      where tgfoid = to_regprocedure('weir.weir_touch()') and not tgisinternal and tgtype & 3 = 0
    ), above as (
      select distinct id from own
      union select i.inhparent from pg_inherits i join above on above.id = i.inhrelid
    ), tree as (
      select id as root, id from above where id not in (select inhrelid from pg_inherits)
      union select tree.root, i.inhrelid from pg_inherits i join tree on tree.id = i.inhparent
    )
    select n.nspname as schema, c.relname as table, rn.nspname as "rootSchema", r.relname as "rootTable",
      (select json_agg(json_build_object('event', event, 'args', args, 'isEnabled', is_enabled) order by event)
        from own where own.id = c.oid and tgtype & bit <> 0) as triggers
    from tree join pg_class c on c.oid = tree.id join pg_namespace n on n.oid = c.relnamespace
      join pg_class r on r.oid = tree.root join pg_namespace rn on rn.oid = r.relnamespace
    order by 1, 2`);
  return rows.map(({ schema, table, rootSchema, rootTable, triggers }) => {
    const found = triggers ?? [];
    const ofEvent = (event: TouchEvent): TriggerRow[] => found.filter((one) => one.event === event);
    return {
      schema,
      table,
      root: { schema: rootSchema, table: rootTable },
      args: found[0] === undefined ? null : readArguments(found[0].args),
      isUniform: new Set(found.map(({ args }) => args)).size <= 1,
      missing: events.filter((event) => ofEvent(event).length === 0),
      disabled: events.filter((event) => ofEvent(event).length > 0 && !ofEvent(event).some((one) => one.isEnabled)),
    };
  });
}

/** Each argument ends in a zero byte. */
const readArguments = (hex: string): string[] => Buffer.from(hex, "hex").toString("utf8").split("\0").slice(0, -1);

/**
 * What is wrong with the trigger of a table, one sentence for each problem; none when every write by another program
 * invalidates what the feature caches.
 */
export function findTouchProblems(expected: TouchTrigger, found: readonly FoundTouch[]): string[] {
  const { schema, table } = expected;
  const tree = found.filter(({ root }) => root.schema === schema && root.table === table);
  if (tree.length === 0)
    return [`${schema}.${table} has no trigger: other programs' writes leave old values in the cache.`];
  const args = touchArguments(expected);
  return tree.flatMap((one) => {
    const name = `${one.schema}.${one.table}`;
    const differs = one.args !== null && (!one.isUniform || JSON.stringify(one.args) !== JSON.stringify(args));
    return [
      ...(one.missing.length > 0 ? [`${name} has no trigger for ${one.missing.join(", ")}.`] : []),
      ...(one.disabled.length > 0 ? [`${name}: the trigger is disabled for ${one.disabled.join(", ")}.`] : []),
      ...(differs ? [`${name}: the trigger has other arguments than the feature expects: ${args.join(" ")}.`] : []),
    ];
  });
}

export type TouchChecks = {
  /** Each expected trigger with its problems; none when all is well. Rejects as a statement does. */
  readonly triggers: () => Promise<{ trigger: TouchTrigger; problems: string[] }[]>;
  readonly outbox: () => Promise<OutboxStatus>;
};

/** What other programs' writes depend on, for a health check. */
export function createTouchChecks(db: DbOrTx, expected: readonly TouchTrigger[]): TouchChecks {
  return {
    triggers: async () => {
      if (expected.length === 0) return [];
      const found = await readTouchTriggers(db);
      return expected.map((trigger) => ({ trigger, problems: findTouchProblems(trigger, found) }));
    },
    outbox: () => readOutboxStatus(db),
  };
}
