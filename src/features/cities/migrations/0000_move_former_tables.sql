CREATE SCHEMA IF NOT EXISTS "cities";
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS unaccent;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS cube;
--> statement-breakpoint
-- Releases before this one kept the tables in the schema public. A table of another application that is called cities
-- has no column that is made by our function.
DO $$
DECLARE
  former name;
BEGIN
  IF coalesce(to_regclass('cities.cities'), to_regclass('cities.countries'), to_regclass('cities.imports')) IS NOT NULL THEN
    RAISE EXCEPTION 'The schema cities belongs to another application: it has one of the tables cities, countries, imports already'
      USING HINT = 'Remove the feature cities (npm run weir -- remove feature cities), or use another database.';
  END IF;
  SELECT n.nspname INTO former
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attrdef d ON d.adrelid = c.oid
    WHERE c.relname = 'cities' AND n.nspname <> 'cities' AND pg_get_expr(d.adbin, d.adrelid) LIKE '%weir_fold(name)%'
    ORDER BY n.nspname = 'public' DESC LIMIT 1;
  IF former IS NULL THEN
    RETURN;
  END IF;
  EXECUTE format('ALTER TABLE %I.cities SET SCHEMA cities', former);
  -- The one that cities refer to.
  EXECUTE format('ALTER TABLE %s SET SCHEMA cities', (
    SELECT confrelid::regclass FROM pg_constraint WHERE conrelid = 'cities.cities'::regclass AND contype = 'f'));
  IF (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = to_regclass(format('%I.imports', former)) AND attnum > 0 AND NOT attisdropped)
    = ARRAY['name', 'source', 'row_count', 'finished_at']::name[]
  THEN
    EXECUTE format('ALTER TABLE %I.imports SET SCHEMA cities', former);
  END IF;
  EXECUTE format('ALTER FUNCTION %I.weir_fold(text) SET SCHEMA cities', former);
  ALTER FUNCTION cities.weir_fold(text) RENAME TO fold;
  EXECUTE format('ALTER FUNCTION %I.weir_unit_vector(double precision, double precision) SET SCHEMA cities', former);
  ALTER FUNCTION cities.weir_unit_vector(double precision, double precision) RENAME TO unit_vector;
END
$$;
