-- Releases before this one kept their tables in the schema public, beside those of other applications, and their journal
-- in Drizzle's default one. Moves what is provably ours; does nothing in a new database. Indexes, constraints, triggers,
-- identity sequences and rights move with their table.
DO $$
DECLARE
  -- The times of the former migrations, by which Drizzle's journal names them.
  times CONSTANT bigint[] := ARRAY[1795355320110, 1795355322759, 1795355325818, 1795365746184, 1795365750272, 1795376196499];
  -- What only our table of this name has.
  relics CONSTANT jsonb := '{
    "users": "users_email_lower_case", "accounts": "accounts_user_id_users_id_fk",
    "sessions": "sessions_user_id_users_id_fk", "sign_in_attempts": "sign_in_attempts_expires",
    "audit_entries": "audit_entries_append_only", "pinned_traces": "pinned_traces_pinned_at",
    "statement_texts": "statement_texts_last_seen", "telemetry_slots": "telemetry_slots_tier_start_at_pk"}';
  own CONSTANT text := 'drizzle.__drizzle_migrations_weir';
  shared CONSTANT text := 'drizzle.__drizzle_migrations';
  is_guest CONSTANT boolean := to_regclass(own) IS NOT NULL;
  applied bigint := 0;
  found bigint;
  others bigint := 0;
  former name;
  item record;
  outbox regclass;
BEGIN
  -- Nothing of ours is here yet, unless an earlier release ran for a role that finds this schema first.
  FOR item IN
    SELECT key AS name, value AS relic, to_regclass(format('weir.%I', key)) AS id
      FROM jsonb_each_text(relics || '{"cache_outbox": "cache_outbox_mode"}')
  LOOP
    IF item.id IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = item.id AND conname = item.relic)
      AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = item.id AND tgname = item.relic)
      AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = item.id AND indexrelid = to_regclass(format('weir.%I', item.relic)))
    THEN
      RAISE EXCEPTION 'The schema weir has a table % already, which is not the one that Weir makes', item.name
        USING HINT = 'Rename the schema, or use another database.';
    END IF;
  END LOOP;

  IF is_guest THEN
    EXECUTE format('SELECT count(*) FROM %s WHERE created_at = any($1)', own) INTO applied USING times;
  END IF;
  IF to_regclass(shared) IS NOT NULL THEN
    EXECUTE format('SELECT count(*) FILTER (WHERE created_at = any($1)), count(*) FILTER (WHERE created_at <> all($1)) FROM %s', shared)
      INTO found, others USING times;
    applied := applied + found;
  END IF;
  -- Made together with the other tables, and of a name and shape that are no other application's.
  SELECT n.nspname INTO former
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'sign_in_attempts_expires' AND c.relkind = 'i' AND n.nspname <> 'weir'
    ORDER BY n.nspname = 'public' DESC LIMIT 1;
  IF applied = 0 OR former IS NULL THEN
    RETURN;
  END IF;

  FOR item IN
    SELECT key AS name, value AS relic, to_regclass(format('%I.%I', former, key)) AS id FROM jsonb_each_text(relics)
  LOOP
    CONTINUE WHEN item.id IS NULL;
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = item.id AND conname = item.relic)
      AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = item.id AND tgname = item.relic)
      AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = item.id AND indexrelid = to_regclass(format('%I.%I', former, item.relic)))
    THEN
      RAISE EXCEPTION 'The table %.% is to move to the schema weir, and is not the one that Weir made: it lacks %.', former, item.name, item.relic
        USING HINT = 'Move the tables of Weir to the schema weir by hand, or use another database.';
    END IF;
    EXECUTE format('ALTER TABLE %s SET SCHEMA weir', item.id);
  END LOOP;

  -- An application that Weir is a guest of may have made this one.
  outbox := to_regclass(format('%I.cache_outbox', former));
  IF outbox IS NOT NULL AND NOT is_guest AND others = 0
    AND EXISTS (SELECT FROM pg_constraint WHERE conrelid = outbox AND conname = 'cache_outbox_mode')
  THEN
    EXECUTE format('ALTER TABLE %s SET SCHEMA weir', outbox);
  END IF;

  IF to_regprocedure(format('%I.weir_refuse_change()', former)) IS NOT NULL THEN
    EXECUTE format('ALTER FUNCTION %I.weir_refuse_change() SET SCHEMA weir', former);
    ALTER FUNCTION weir.weir_refuse_change() RENAME TO refuse_change;
  END IF;
  EXECUTE format('DROP FUNCTION IF EXISTS %I.weir_take_attempt(text[], integer[], bigint[], text)', former);

  -- A node of an earlier release finds its migrations applied and stops at the first missing table. Elsewhere they would
  -- hide the migrations of another application, because Drizzle compares with the newest row only.
  IF to_regclass(shared) IS NOT NULL THEN
    EXECUTE format('CREATE TABLE IF NOT EXISTS %s (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)', own);
    EXECUTE format('INSERT INTO %s (hash, created_at) SELECT hash, created_at FROM %s WHERE created_at = any($1) ORDER BY created_at', own, shared) USING times;
    EXECUTE format('DELETE FROM %s WHERE created_at = any($1)', shared) USING times;
    IF others = 0 THEN
      EXECUTE format('DROP TABLE %s', shared);
    END IF;
  END IF;
END
$$;
