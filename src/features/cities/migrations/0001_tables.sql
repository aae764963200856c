-- Written so that it changes nothing that an earlier release made and 0000_move_former_tables brought here.
-- unaccent() is only STABLE, because its dictionary is looked up by name and may be edited. Found once, here, and left
-- alone it always answers the same, which generated columns and indexes need. The collation is named, because lower()
-- follows that of the database otherwise: a Turkish one makes a dotless i of I.
DO $$
DECLARE
  folding text;
BEGIN
  SELECT format('%I.%I', n.nspname, c.collname) INTO folding
    FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
    WHERE n.nspname = 'pg_catalog' AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
      AND c.collname IN ('pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'en_US.utf8', 'C')
    ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'en_US.utf8', 'C'], c.collname::text) LIMIT 1;
  EXECUTE format('
    CREATE OR REPLACE FUNCTION cities.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(unaccent(''unaccent''::regdictionary, value) COLLATE %s)', folding);
END
$$;
--> statement-breakpoint
-- The point of the unit sphere under a place given in degrees.
CREATE OR REPLACE FUNCTION cities.unit_vector(lat double precision, lon double precision) RETURNS cube
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN cube(ARRAY[
    cos(radians(lat)) * cos(radians(lon)),
    cos(radians(lat)) * sin(radians(lon)),
    sin(radians(lat))
  ]);
--> statement-breakpoint
-- The operators and functions of the extensions, which may be in any schema, under names that are always found. Postgres
-- inlines them, so the indexes below serve them.
CREATE OR REPLACE FUNCTION cities.resembles(name text, other text) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (name COLLATE "C") % other;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION cities.similarity(name text, other text) RETURNS real
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN similarity(name, other);
--> statement-breakpoint
CREATE OR REPLACE FUNCTION cities.chord(one cube, other cube) RETURNS double precision
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN one <-> other;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "cities"."countries" (
	"code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "cities"."cities" (
	"id" integer PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"country_code" text NOT NULL,
	"region_code" text NOT NULL,
	"population" integer NOT NULL,
	"lat" double precision NOT NULL,
	"lon" double precision NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"search_name" text COLLATE "C" GENERATED ALWAYS AS (cities.fold(name)) STORED NOT NULL,
	"position" "cube" GENERATED ALWAYS AS (cities.unit_vector(lat, lon)) STORED NOT NULL,
	CONSTRAINT "cities_population_not_negative" CHECK ("population" >= 0),
	CONSTRAINT "cities_lat_in_range" CHECK ("lat" between -90 and 90),
	CONSTRAINT "cities_lon_in_range" CHECK ("lon" between -180 and 180),
	CONSTRAINT "cities_version_positive" CHECK ("version" >= 1),
	CONSTRAINT "cities_country_code_countries_code_fk" FOREIGN KEY ("country_code") REFERENCES "cities"."countries"("code")
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "cities"."imports" (
	"name" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"row_count" integer NOT NULL,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_search_name_pattern" ON "cities"."cities" USING btree ("search_name" text_pattern_ops);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_search_name" ON "cities"."cities" USING btree ("search_name","id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_country_search_name" ON "cities"."cities" USING btree ("country_code","search_name","id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_search_name_trgm" ON "cities"."cities" USING gin ("search_name" gin_trgm_ops);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_population" ON "cities"."cities" USING btree ("population" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_country_population" ON "cities"."cities" USING btree ("country_code","population" DESC NULLS FIRST,"id" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "cities_position" ON "cities"."cities" USING gist ("position");
--> statement-breakpoint
-- Rows that a former release folded by the collation of the database. Elsewhere there are none.
UPDATE cities.cities SET name = name WHERE search_name IS DISTINCT FROM cities.fold(name);
