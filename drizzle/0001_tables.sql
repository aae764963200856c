-- Written so that it changes nothing that an earlier release made and 0000_move_former_tables brought here.
-- Only `weir doctor` and people look at it: a server that lacks it, or forbids it, is no reason to stop.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_stat_statements is not available: %', SQLERRM;
END
$$;
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."users" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"email_verified" boolean DEFAULT true NOT NULL,
	"image" text,
	"role" text NOT NULL,
	"is_disabled" boolean DEFAULT false NOT NULL,
	"must_change_password" boolean DEFAULT false NOT NULL,
	"last_sign_in_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "users_email_lower_case" CHECK ("email" = lower("email")),
	CONSTRAINT "users_role" CHECK ("role" in ('viewer', 'operator', 'admin'))
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" text NOT NULL,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "weir"."users"("id") ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."audit_entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weir"."audit_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"action" text NOT NULL,
	"actor_id" text,
	"actor_label" text NOT NULL,
	"subject" text,
	"before" jsonb,
	"after" jsonb,
	"address" text,
	"request_id" text
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."pinned_traces" (
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
CREATE TABLE IF NOT EXISTS "weir"."cache_outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weir"."cache_outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tags" text[] NOT NULL,
	"mode" text DEFAULT 'purge' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cache_outbox_mode" CHECK ("mode" in ('purge', 'expire'))
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sessions_token_unique" UNIQUE("token"),
	CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "weir"."users"("id") ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."sign_in_attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"times" text[] NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."statement_texts" (
	"name" text PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "weir"."telemetry_slots" (
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
CREATE INDEX IF NOT EXISTS "accounts_user" ON "weir"."accounts" USING btree ("user_id","provider_id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "audit_entries_action" ON "weir"."audit_entries" USING btree ("action","id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "audit_entries_actor" ON "weir"."audit_entries" USING btree ("actor_id","id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "pinned_traces_pinned_at" ON "weir"."pinned_traces" USING btree ("pinned_at" DESC NULLS FIRST,"id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "sessions_user" ON "weir"."sessions" USING btree ("user_id","created_at" DESC NULLS FIRST);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "sessions_expires" ON "weir"."sessions" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "sign_in_attempts_expires" ON "weir"."sign_in_attempts" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "statement_texts_last_seen" ON "weir"."statement_texts" USING btree ("last_seen_at");
--> statement-breakpoint
-- Kept as they are, so that a part of one is read without the rest: compressed, the whole of it would be unpacked first.
ALTER TABLE "weir"."telemetry_slots" ALTER COLUMN "head" SET STORAGE EXTERNAL, ALTER COLUMN "body" SET STORAGE EXTERNAL;
--> statement-breakpoint
-- For writers outside the application: names the cache tags that their transaction changed.
-- Takes effect after their commit, and not at all when they roll back.
CREATE OR REPLACE FUNCTION weir.invalidate(tags text[]) RETURNS void
  LANGUAGE sql VOLATILE
  BEGIN ATOMIC
    INSERT INTO weir.cache_outbox (tags) VALUES (invalidate.tags);
  END;
--> statement-breakpoint
-- Releases before this one made weir_invalidate. It follows its table when that moves. Where the table stayed, because it
-- belongs to the application that Weir is a guest of, it writes to ours from now on.
DO $$
DECLARE
  former record;
BEGIN
  FOR former IN
    SELECT DISTINCT p.oid::regprocedure AS function, p.pronamespace::regnamespace AS place, d.refobjid::regclass AS outbox
    FROM pg_proc p
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass
    WHERE p.proname = 'weir_invalidate' AND p.proargtypes[0] = 'text[]'::regtype AND p.pronargs = 1
      AND d.refobjid <> 'weir.cache_outbox'::regclass
  LOOP
    EXECUTE format('INSERT INTO weir.cache_outbox (tags, mode) SELECT tags, mode FROM %s', former.outbox);
    EXECUTE format(
      'CREATE OR REPLACE FUNCTION %s.weir_invalidate(tags text[]) RETURNS void LANGUAGE sql VOLATILE
       BEGIN ATOMIC SELECT weir.invalidate(weir_invalidate.tags); END', former.place);
  END LOOP;
END
$$;
--> statement-breakpoint
-- The audit log is added to and never changed, whoever asks. Its owner can switch the trigger off, which docs/accounts.md
-- describes for removing what is older than it has to be kept.
CREATE OR REPLACE FUNCTION weir.refuse_change() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
  BEGIN
    RAISE EXCEPTION 'audit_entries is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END;
  $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER audit_entries_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON weir.audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION weir.refuse_change();
--> statement-breakpoint
-- Counts an attempt against all keys (sorted), or against none when one of them has had its most within its window of
-- milliseconds. Answers 0, or the milliseconds to wait.
CREATE OR REPLACE FUNCTION weir.take_attempt(keys text[], mosts integer[], windows bigint[], attempt text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE
  AS $$
  DECLARE
    now_ms bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    wait_ms bigint := 0;
    alive text[];
    kept text[];
  BEGIN
    DELETE FROM weir.sign_in_attempts WHERE key IN (
      SELECT key FROM weir.sign_in_attempts WHERE expires_at < now() LIMIT 20 FOR UPDATE SKIP LOCKED
    );
    FOR i IN 1 .. cardinality(keys) LOOP
      INSERT INTO weir.sign_in_attempts AS a (key, times, expires_at) VALUES (keys[i], '{}', now())
        ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING times INTO kept;
      SELECT coalesce(array_agg(entry ORDER BY place), '{}') INTO alive
        FROM unnest(kept) WITH ORDINALITY AS one (entry, place)
        WHERE split_part(entry, ':', 1)::bigint > now_ms - windows[i];
      IF cardinality(alive) >= mosts[i] THEN
        wait_ms := greatest(wait_ms, split_part(alive[1], ':', 1)::bigint + windows[i] - now_ms, 1);
      END IF;
      UPDATE weir.sign_in_attempts SET times = alive WHERE key = keys[i];
    END LOOP;
    IF wait_ms > 0 THEN RETURN wait_ms; END IF;
    FOR i IN 1 .. cardinality(keys) LOOP
      UPDATE weir.sign_in_attempts
        SET times = times || (now_ms || ':' || attempt),
            expires_at = greatest(expires_at, now() + windows[i] * interval '1 millisecond')
        WHERE key = keys[i];
    END LOOP;
    RETURN 0;
  END;
  $$;
