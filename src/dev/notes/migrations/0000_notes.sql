CREATE SCHEMA "notes";
--> statement-breakpoint
CREATE TABLE "notes"."folders" (
	"code" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notes"."notes" (
	"id" integer PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"folder_code" text NOT NULL,
	"words" integer NOT NULL,
	"x" double precision NOT NULL,
	"y" double precision NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"search_title" text COLLATE "C" NOT NULL,
	"position" "point" GENERATED ALWAYS AS (point(x, y)) STORED NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notes"."notes" ADD CONSTRAINT "notes_folder_code_folders_code_fk" FOREIGN KEY ("folder_code") REFERENCES "notes"."folders"("code") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notes_search_title" ON "notes"."notes" USING btree ("search_title","id");--> statement-breakpoint
CREATE INDEX "notes_folder_search_title" ON "notes"."notes" USING btree ("folder_code","search_title","id");--> statement-breakpoint
CREATE INDEX "notes_words" ON "notes"."notes" USING btree ("words" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "notes_folder_words" ON "notes"."notes" USING btree ("folder_code","words" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "notes_position" ON "notes"."notes" USING gist ("position");