-- What releases before schema weir left in a database: tables in the schema public and Drizzle's default journal.
CREATE SCHEMA drizzle;
CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
-- Only `weir doctor` and people look at it: a server that lacks it, or forbids it, is no reason to stop.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_stat_statements is not available: %', SQLERRM;
END
$$;
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (md5('0000_extensions'), 1795355320110);
-- An application with the engines of its own may have made it (docs/packages.md).
CREATE TABLE IF NOT EXISTS "cache_outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "cache_outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tags" text[] NOT NULL,
	"mode" text DEFAULT 'purge' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cache_outbox_mode" CHECK ("cache_outbox"."mode" in ('purge', 'expire'))
);
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (md5('0001_tables'), 1795355322759);
-- For writers outside the application: names the cache tags that their transaction changed.
-- Takes effect after their commit, and not at all when they roll back.
CREATE FUNCTION weir_invalidate(tags text[]) RETURNS void
  LANGUAGE sql VOLATILE
  BEGIN ATOMIC
    INSERT INTO cache_outbox (tags) VALUES (weir_invalidate.tags);
  END;
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (md5('0002_invalidate'), 1795355325818);
CREATE TABLE "accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" text NOT NULL,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE "audit_entries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_entries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
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

CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"token" text NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sessions_token_unique" UNIQUE("token")
);

CREATE TABLE "sign_in_attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"times" text[] NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);

CREATE TABLE "users" (
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
	CONSTRAINT "users_email_lower_case" CHECK ("users"."email" = lower("users"."email")),
	CONSTRAINT "users_role" CHECK ("users"."role" in ('viewer', 'operator', 'admin'))
);

ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "accounts_user" ON "accounts" USING btree ("user_id","provider_id");
CREATE INDEX "audit_entries_action" ON "audit_entries" USING btree ("action","id");
CREATE INDEX "audit_entries_actor" ON "audit_entries" USING btree ("actor_id","id");
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id","created_at" DESC NULLS FIRST);
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires_at");
CREATE INDEX "sign_in_attempts_expires" ON "sign_in_attempts" USING btree ("expires_at");
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (md5('0003_accounts'), 1795365746184);
-- The audit log is added to and never changed, whoever asks. Its owner can switch the trigger off, which docs/accounts.md
-- describes for removing what is older than it has to be kept.
CREATE FUNCTION weir_refuse_change() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
  BEGIN
    RAISE EXCEPTION 'audit_entries is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END;
  $$;

CREATE TRIGGER audit_entries_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION weir_refuse_change();

-- Counts an attempt against all keys (sorted), or against none when one of them has had its most within its window of
-- milliseconds. Answers 0, or the milliseconds to wait.
CREATE FUNCTION weir_take_attempt(keys text[], mosts integer[], windows bigint[], attempt text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE
  AS $$
  DECLARE
    now_ms bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    wait_ms bigint := 0;
    alive text[];
    kept text[];
  BEGIN
    DELETE FROM sign_in_attempts WHERE key IN (
      SELECT key FROM sign_in_attempts WHERE expires_at < now() LIMIT 20 FOR UPDATE SKIP LOCKED
    );
    FOR i IN 1 .. cardinality(keys) LOOP
      INSERT INTO sign_in_attempts AS a (key, times, expires_at) VALUES (keys[i], '{}', now())
        ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING times INTO kept;
      SELECT coalesce(array_agg(entry ORDER BY place), '{}') INTO alive
        FROM unnest(kept) WITH ORDINALITY AS one (entry, place)
        WHERE split_part(entry, ':', 1)::bigint > now_ms - windows[i];
      IF cardinality(alive) >= mosts[i] THEN
        wait_ms := greatest(wait_ms, split_part(alive[1], ':', 1)::bigint + windows[i] - now_ms, 1);
      END IF;
      UPDATE sign_in_attempts SET times = alive WHERE key = keys[i];
    END LOOP;
    IF wait_ms > 0 THEN RETURN wait_ms; END IF;
    FOR i IN 1 .. cardinality(keys) LOOP
      UPDATE sign_in_attempts
        SET times = times || (now_ms || ':' || attempt),
            expires_at = greatest(expires_at, now() + windows[i] * interval '1 millisecond')
        WHERE key = keys[i];
    END LOOP;
    RETURN 0;
  END;
  $$;
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (md5('0004_append_only'), 1795365750272);
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

CREATE TABLE "statement_texts" (
	"name" text PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL
);

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

CREATE INDEX "pinned_traces_pinned_at" ON "pinned_traces" USING btree ("pinned_at" DESC NULLS FIRST,"id");
CREATE INDEX "statement_texts_last_seen" ON "statement_texts" USING btree ("last_seen_at");
-- Kept as they are, so that a part of one is read without the rest: compressed, the whole of it would be unpacked first.
ALTER TABLE "telemetry_slots" ALTER COLUMN "head" SET STORAGE EXTERNAL, ALTER COLUMN "body" SET STORAGE EXTERNAL;
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (md5('0005_telemetry'), 1795376196499);
