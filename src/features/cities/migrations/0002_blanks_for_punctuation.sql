-- Hyphens, apostrophes of all kinds and full stops separate words as blanks do: `saint denis` is Saint-Denis. Letters are
-- taken apart first, so that the dictionary, which does not know every letter with an accent, sees the letter alone.
DO $$
DECLARE
  -- White space, hyphens, apostrophes, full stops; the same as in fold.ts.
  blanks CONSTANT text := '[\t-\r\u0020\u0085\u00A0\u1680\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF'
    '\u002D\u00AD\u02D7\u058A\u05BE\u1400\u1806\u2010-\u2015\u2212\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u2E5D\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D'
    '\u0022\u0027\u0060\u00B4\u02B9-\u02BF\u02C8\u02CA\u02CB\u02EE\u055A\u05F3\u07F4\u07F5\u2018\u2019\u201B-\u201D\u201F\u2032\u2035\u301D\u301E\uA78B\uA78C\uFF02\uFF07\uFF40'
    '\u002E\u0589\u06D4\u2024-\u2026\u3002\uFE12\uFE19\uFE52\uFF0E\uFF61]+';
  folding text;
BEGIN
  SELECT format('%I.%I', n.nspname, c.collname) INTO folding
    FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
    WHERE n.nspname = 'pg_catalog' AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
      AND c.collname IN ('pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'en_US.utf8', 'C')
    ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8', 'en_US.utf8', 'C'], c.collname::text) LIMIT 1;
  EXECUTE format('
    CREATE OR REPLACE FUNCTION cities.fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(lower(unaccent(''unaccent''::regdictionary, normalize(value, NFKD)) COLLATE %s), %L, '' '', ''g''))',
    folding, blanks);
END
$$;
--> statement-breakpoint
UPDATE "cities"."cities" SET "name" = "name" WHERE "search_name" IS DISTINCT FROM cities.fold("name");
--> statement-breakpoint
CREATE INDEX "cities_search_compact" ON "cities"."cities" USING btree (replace("search_name", ' ', ''));
--> statement-breakpoint
-- The planner needs statistics of the new index.
ANALYZE "cities"."cities";
