CREATE TABLE "pinned_traces" (
	"id" text PRIMARY KEY NOT NULL,
	"pinned_at" timestamp with time zone DEFAULT now() NOT NULL,
	"pinned_by" text NOT NULL,
	"procedure" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"duration_ms" double precision NOT NULL,
	"ok" boolean NOT NULL,
	"note" text,
	"trace" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "statement_texts" (
	"name" text PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telemetry_slots" (
	"tier" text NOT NULL,
	"start_at" timestamp with time zone NOT NULL,
	"reports" integer NOT NULL,
	"messages" bigint NOT NULL,
	"written_at" timestamp with time zone NOT NULL,
	"head" "bytea" NOT NULL,
	"body" "bytea" NOT NULL,
	CONSTRAINT "telemetry_slots_tier_start_at_pk" PRIMARY KEY("tier","start_at")
);
--> statement-breakpoint
CREATE INDEX "pinned_traces_pinned_at" ON "pinned_traces" USING btree ("pinned_at" DESC NULLS FIRST,"id");--> statement-breakpoint
CREATE INDEX "statement_texts_last_seen" ON "statement_texts" USING btree ("last_seen_at");--> statement-breakpoint
-- Kept as they are, so that a part of one is read without the rest: compressed, the whole of it would be unpacked first.
ALTER TABLE "telemetry_slots" ALTER COLUMN "head" SET STORAGE EXTERNAL, ALTER COLUMN "body" SET STORAGE EXTERNAL;
