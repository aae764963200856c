CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS unaccent;
--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS cube;
--> statement-breakpoint
-- Only `weir doctor` and people look at it: a server that lacks it, or forbids it, is no reason to stop.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_stat_statements is not available: %', SQLERRM;
END
$$;
--> statement-breakpoint
-- unaccent() is only STABLE, because its dictionary is looked up by name and may be edited. Named with its schema and
-- left alone it always answers the same, which generated columns and indexes need.
CREATE FUNCTION weir_fold(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));
--> statement-breakpoint
-- The point of the unit sphere under a place given in degrees.
CREATE FUNCTION weir_unit_vector(lat double precision, lon double precision) RETURNS public.cube
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN public.cube(ARRAY[
    cos(radians(lat)) * cos(radians(lon)),
    cos(radians(lat)) * sin(radians(lon)),
    sin(radians(lat))
  ]);
