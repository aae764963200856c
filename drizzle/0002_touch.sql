ALTER TABLE "weir"."cache_outbox" ADD COLUMN "is_own" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
-- Puts the tags of the rows that a statement wrote into the outbox, in the transaction of the statement. For triggers AFTER
-- each STATEMENT, with the transition tables old_rows and new_rows. Arguments: a family, whose tag `family:*` is on every
-- entry about the table; then one for each tag of a row, `family=column,column` (names as SQL writes them) or `family:member`.
--
-- A writer needs no rights on the schema weir: the function runs as its owner. It builds its query from quoted names and from
-- the output functions of types, so no code of the table's owner, such as a cast, runs with these rights. Only a role with
-- EXECUTE can attach it to a table.
CREATE FUNCTION weir.weir_touch() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET "DateStyle" = 'ISO, MDY'
  SET "TimeZone" = 'UTC'
  AS $$
  DECLARE
    -- Of a larger statement not every row is looked at: it touches the family's tag instead.
    max_rows CONSTANT integer := 500;
    max_tags CONSTANT integer := 1000;
    max_bytes CONSTANT integer := 100000;
    whole text := TG_ARGV[0] || ':*';
    tags text[];
    tag_bytes bigint;
    written integer;
    row_tags text;
    row_columns text;
    rows_of text;
    absent text;
  BEGIN
    IF TG_LEVEL <> 'STATEMENT' OR TG_WHEN <> 'AFTER' OR TG_NARGS = 0 THEN
      RAISE EXCEPTION 'weir.weir_touch is for AFTER ... FOR EACH STATEMENT triggers, with a family as its first argument; trigger % on %.%',
        TG_NAME, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING HINT = 'Apply the SQL that touchTriggerSql or npm run weir -- adopt table writes.';
    END IF;

    IF TG_OP = 'TRUNCATE' THEN
      INSERT INTO weir.cache_outbox (tags) VALUES (ARRAY[whole]);
      RETURN NULL;
    ELSIF TG_OP = 'DELETE' THEN
      SELECT count(*) INTO written FROM (SELECT FROM old_rows LIMIT max_rows + 1) AS first_rows;
    ELSE
      SELECT count(*) INTO written FROM (SELECT FROM new_rows LIMIT max_rows + 1) AS first_rows;
    END IF;
    IF written = 0 THEN
      RETURN NULL;
    ELSIF written > max_rows THEN
      INSERT INTO weir.cache_outbox (tags) VALUES (ARRAY[whole]);
      RETURN NULL;
    END IF;

    WITH named AS (
      SELECT spec.place, spec.text AS spec, part.place AS part,
        coalesce(replace(part.found[1], '""', '"'), part.found[2]) AS name
      FROM unnest(TG_ARGV[1:]) WITH ORDINALITY AS spec (text, place)
      CROSS JOIN LATERAL regexp_matches(substr(spec.text, strpos(spec.text, '=') + 1), '"((?:[^"]|"")*)"|([^",]+)', 'g')
        WITH ORDINALITY AS part (found, place)
      WHERE spec.text ~ '^[A-Za-z0-9_-]+='
    ), typed AS (
      SELECT named.*, a.attname IS NULL AS is_absent,
        format(
          CASE
            WHEN t.typoutput = 'boolout'::regproc
              THEN 'CASE WHEN r.%1$I THEN ''true'' WHEN NOT r.%1$I THEN ''false'' ELSE ''null'' END'
            WHEN t.typoutput = 'bpcharout'::regproc
              THEN 'CASE WHEN r.%1$I IS NULL THEN ''null'' ELSE rtrim(format(''%%s'', r.%1$I), '' '') END'
            ELSE 'CASE WHEN r.%1$I IS NULL THEN ''null'' ELSE format(''%%s'', r.%1$I) END'
          END, named.name) AS member
      FROM named
      LEFT JOIN pg_attribute a ON a.attrelid = TG_RELID AND a.attname = named.name AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_type t ON t.oid = a.atttypid
    ), rendered AS (
      SELECT place, spec, string_agg(member, ' || ''/'' || ' ORDER BY part) AS members FROM typed GROUP BY place, spec
    )
    SELECT
      (SELECT string_agg(format('(%L || %s)', split_part(spec, '=', 1) || ':', members), ', ') FROM rendered),
      (SELECT string_agg(DISTINCT quote_ident(name), ', ') FROM typed),
      (SELECT string_agg(DISTINCT spec, ', ') FROM (
        SELECT spec FROM typed WHERE is_absent
        UNION ALL SELECT spec FROM unnest(TG_ARGV[1:]) AS spec WHERE spec !~ '^[A-Za-z0-9_-]+(=.|:)') AS unusable)
    INTO row_tags, row_columns, absent;

    -- The table was changed after the trigger was applied. The writes of other programs go on, and nothing stays stale.
    IF absent IS NOT NULL THEN
      RAISE WARNING 'weir.weir_touch: the columns of %.% do not have the tags %; everything cached about the table is invalidated instead',
        TG_TABLE_SCHEMA, TG_TABLE_NAME, absent
        USING HINT = 'Apply the trigger again, with the names that the columns have now.';
      INSERT INTO weir.cache_outbox (tags) VALUES (ARRAY[whole]);
      RETURN NULL;
    END IF;

    tags := ARRAY(SELECT spec FROM unnest(TG_ARGV[1:]) AS spec WHERE spec ~ '^[A-Za-z0-9_-]+:');
    IF row_tags IS NOT NULL THEN
      rows_of := CASE TG_OP
        WHEN 'INSERT' THEN format('SELECT %s FROM new_rows', row_columns)
        WHEN 'DELETE' THEN format('SELECT %s FROM old_rows', row_columns)
        ELSE format('SELECT %1$s FROM old_rows UNION ALL SELECT %1$s FROM new_rows', row_columns)
      END;
      EXECUTE format(
        'SELECT $1 || coalesce(array_agg(DISTINCT v.tag), ''{}'') FROM (%s) AS r CROSS JOIN LATERAL (VALUES %s) AS v (tag)',
        rows_of, row_tags)
        INTO tags USING tags;
    END IF;
    SELECT sum(octet_length(tag)) INTO tag_bytes FROM unnest(tags) AS tag;
    IF cardinality(tags) > max_tags OR tag_bytes > max_bytes THEN
      tags := ARRAY[whole];
    END IF;
    IF cardinality(tags) > 0 THEN
      INSERT INTO weir.cache_outbox (tags) VALUES (tags);
    END IF;
    RETURN NULL;
  END;
  $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION weir.weir_touch() FROM PUBLIC;
--> statement-breakpoint
-- Tells a listening node, on the commit of a row that its writer does not apply itself. NOTIFY makes commits wait for each
-- other, so only one transaction at a time sends one: a commit that finds another at it is found by the sweeps that follow.
-- `SET weir.notify = off` (for a role: ALTER ROLE ... SET) leaves a writer's rows to the regular sweep: Postgres does not
-- prepare a two-phase transaction that has notified.
CREATE FUNCTION weir.wake_nodes() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
  AS $$
  BEGIN
    IF current_setting('weir.notify', true) IS DISTINCT FROM 'off'
      AND pg_try_advisory_xact_lock(1464158546, 1)
      -- A full queue makes commits fail.
      AND pg_notification_queue_usage() < 0.5
    THEN
      PERFORM pg_notify('weir_outbox', '');
    END IF;
    RETURN NULL;
  END;
  $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER cache_outbox_wake AFTER INSERT ON weir.cache_outbox
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NOT NEW.is_own)
  EXECUTE FUNCTION weir.wake_nodes();
