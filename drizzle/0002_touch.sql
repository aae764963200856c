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
    -- Output functions write boolean as t and f, and char(n) with blanks that its comparisons ignore.
    member_of CONSTANT text := 'CASE WHEN r.%1$s IS NULL THEN ''null'' ELSE CASE pg_typeof(r.%1$s)::oid
      WHEN 16 THEN CASE format(''%%s'', r.%1$s) WHEN ''t'' THEN ''true'' ELSE ''false'' END
      WHEN 1042 THEN rtrim(format(''%%s'', r.%1$s), '' '') ELSE format(''%%s'', r.%1$s) END END';
    whole text[] := ARRAY[TG_ARGV[0] || ':*'];
    tags text[] := '{}';
    tags_of_rows text[];
    written integer;
    spec text;
    name text;
    names text[];
    columns text[] := '{}';
    member text;
    row_tags text;
    unusable text;
  BEGIN
    IF TG_LEVEL <> 'STATEMENT' OR TG_WHEN <> 'AFTER' OR TG_NARGS = 0 THEN
      RAISE EXCEPTION 'weir.weir_touch is for AFTER ... FOR EACH STATEMENT triggers, with a family as its first argument; trigger % on %.%',
        TG_NAME, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING HINT = 'Apply the SQL that touchTriggerSql or npm run weir -- adopt table writes.';
    END IF;

    IF TG_OP = 'TRUNCATE' THEN
      INSERT INTO weir.cache_outbox (tags) VALUES (whole);
      RETURN NULL;
    ELSIF TG_OP = 'DELETE' THEN
      SELECT count(*) INTO written FROM (SELECT FROM old_rows LIMIT max_rows + 1) AS first_rows;
    ELSE
      SELECT count(*) INTO written FROM (SELECT FROM new_rows LIMIT max_rows + 1) AS first_rows;
    END IF;
    IF written = 0 THEN
      RETURN NULL;
    ELSIF written > max_rows THEN
      INSERT INTO weir.cache_outbox (tags) VALUES (whole);
      RETURN NULL;
    END IF;

    FOR place IN 1 .. TG_NARGS - 1 LOOP
      spec := TG_ARGV[place];
      IF spec ~ '^[A-Za-z0-9_-]+:' THEN
        tags := tags || spec;
        CONTINUE;
      ELSIF spec !~ '^[A-Za-z0-9_-]+=.' THEN
        unusable := spec;
        EXIT;
      END IF;
      names := string_to_array(substr(spec, strpos(spec, '=') + 1), ',');
      IF strpos(spec, '"') > 0 THEN
        names := ARRAY(
          SELECT coalesce(replace(part.name[1], '""', '"'), part.name[2])
          FROM regexp_matches(substr(spec, strpos(spec, '=') + 1), '"((?:[^"]|"")*)"|([^",]+)', 'g')
            WITH ORDINALITY AS part (name, place) ORDER BY part.place);
      END IF;
      member := NULL;
      FOREACH name IN ARRAY names LOOP
        name := quote_ident(name);
        IF name <> ALL (columns) THEN
          columns := columns || name;
        END IF;
        member := concat_ws(' || ''/'' || ', member, format(member_of, name));
      END LOOP;
      row_tags := concat_ws(' || ', row_tags, format('array_agg(%L || %s)', split_part(spec, '=', 1) || ':', member));
    END LOOP;

    IF row_tags IS NOT NULL AND unusable IS NULL THEN
      name := array_to_string(columns, ', ');
      BEGIN
        EXECUTE format('SELECT %s FROM (%s) AS r', row_tags, CASE TG_OP
          WHEN 'INSERT' THEN format('SELECT %s FROM new_rows', name)
          WHEN 'DELETE' THEN format('SELECT %s FROM old_rows', name)
          ELSE format('SELECT %1$s FROM old_rows UNION ALL SELECT %1$s FROM new_rows', name)
        END) INTO tags_of_rows;
        tags := tags || ARRAY(SELECT DISTINCT tag FROM unnest(tags_of_rows) AS tag);
      EXCEPTION WHEN undefined_column OR syntax_error THEN
        unusable := SQLERRM;
      END;
    END IF;

    -- The table was changed after the trigger was applied. The writes of other programs go on, and nothing stays stale.
    IF unusable IS NOT NULL THEN
      RAISE WARNING 'weir.weir_touch: the tags of %.% cannot be made (%); everything cached about the table is invalidated instead',
        TG_TABLE_SCHEMA, TG_TABLE_NAME, unusable
        USING HINT = 'Apply the trigger again, with the names that the columns have now.';
      tags := whole;
    ELSIF cardinality(tags) > max_tags OR octet_length(array_to_string(tags, '')) > max_bytes THEN
      tags := whole;
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
