-- For writers outside the application: names the cache tags that their transaction changed.
-- Takes effect after their commit, and not at all when they roll back.
CREATE FUNCTION weir_invalidate(tags text[]) RETURNS void
  LANGUAGE sql VOLATILE
  BEGIN ATOMIC
    INSERT INTO cache_outbox (tags) VALUES (weir_invalidate.tags);
  END;
