-- What releases before schema cities left in a database.
CREATE SCHEMA IF NOT EXISTS drizzle;
CREATE TABLE drizzle.__drizzle_migrations_cities (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- Written so that it changes nothing where the tables are there already: installations older than this folder have them
-- from the migrations of the platform.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE EXTENSION IF NOT EXISTS cube;

-- unaccent() is only STABLE, because its dictionary is looked up by name and may be edited. Named with its schema and
-- left alone it always answers the same, which generated columns and indexes need.
CREATE OR REPLACE FUNCTION weir_fold(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(public.unaccent('public.unaccent'::regdictionary, value));

-- The point of the unit sphere under a place given in degrees.
CREATE OR REPLACE FUNCTION weir_unit_vector(lat double precision, lon double precision) RETURNS public.cube
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN public.cube(ARRAY[
    cos(radians(lat)) * cos(radians(lon)),
    cos(radians(lat)) * sin(radians(lon)),
    sin(radians(lat))
  ]);

CREATE TABLE IF NOT EXISTS "countries" (
	"code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);

CREATE TABLE IF NOT EXISTS "cities" (
	"id" integer PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"country_code" text NOT NULL,
	"region_code" text NOT NULL,
	"population" integer NOT NULL,
	"lat" double precision NOT NULL,
	"lon" double precision NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"search_name" text COLLATE "C" GENERATED ALWAYS AS (weir_fold(name)) STORED NOT NULL,
	"position" "cube" GENERATED ALWAYS AS (weir_unit_vector(lat, lon)) STORED NOT NULL,
	CONSTRAINT "cities_population_not_negative" CHECK ("cities"."population" >= 0),
	CONSTRAINT "cities_lat_in_range" CHECK ("cities"."lat" between -90 and 90),
	CONSTRAINT "cities_lon_in_range" CHECK ("cities"."lon" between -180 and 180),
	CONSTRAINT "cities_version_positive" CHECK ("cities"."version" >= 1),
	CONSTRAINT "cities_country_code_countries_code_fk" FOREIGN KEY ("country_code") REFERENCES "countries"("code")
);

CREATE TABLE IF NOT EXISTS "imports" (
	"name" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"row_count" integer NOT NULL,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE INDEX IF NOT EXISTS "cities_search_name_pattern" ON "cities" USING btree ("search_name" text_pattern_ops);

CREATE INDEX IF NOT EXISTS "cities_search_name" ON "cities" USING btree ("search_name","id");

CREATE INDEX IF NOT EXISTS "cities_country_search_name" ON "cities" USING btree ("country_code","search_name","id");

CREATE INDEX IF NOT EXISTS "cities_search_name_trgm" ON "cities" USING gin ("search_name" gin_trgm_ops);

CREATE INDEX IF NOT EXISTS "cities_population" ON "cities" USING btree ("population" DESC NULLS FIRST,"id" DESC NULLS FIRST);

CREATE INDEX IF NOT EXISTS "cities_country_population" ON "cities" USING btree ("country_code","population" DESC NULLS FIRST,"id" DESC NULLS FIRST);

CREATE INDEX IF NOT EXISTS "cities_position" ON "cities" USING gist ("position");
INSERT INTO drizzle.__drizzle_migrations_cities (hash, created_at) VALUES (md5('cities'), 1796062769170);
