CREATE TABLE "cache_outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "cache_outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tags" text[] NOT NULL,
	"mode" text DEFAULT 'purge' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cache_outbox_mode" CHECK ("cache_outbox"."mode" in ('purge', 'expire'))
);
--> statement-breakpoint
CREATE TABLE "cities" (
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
	CONSTRAINT "cities_version_positive" CHECK ("cities"."version" >= 1)
);
--> statement-breakpoint
CREATE TABLE "countries" (
	"code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"name" text PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"row_count" integer NOT NULL,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "cities" ADD CONSTRAINT "cities_country_code_countries_code_fk" FOREIGN KEY ("country_code") REFERENCES "public"."countries"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cities_search_name_pattern" ON "cities" USING btree ("search_name" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "cities_search_name" ON "cities" USING btree ("search_name","id");--> statement-breakpoint
CREATE INDEX "cities_country_search_name" ON "cities" USING btree ("country_code","search_name","id");--> statement-breakpoint
CREATE INDEX "cities_search_name_trgm" ON "cities" USING gin ("search_name" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "cities_population" ON "cities" USING btree ("population" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cities_country_population" ON "cities" USING btree ("country_code","population" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "cities_position" ON "cities" USING gist ("position");