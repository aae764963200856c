-- Only `weir doctor` and people look at it: a server that lacks it, or forbids it, is no reason to stop.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_stat_statements is not available: %', SQLERRM;
END
$$;
