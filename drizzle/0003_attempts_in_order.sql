-- Counts an attempt against all keys (sorted), or against none when one of them has had its most within its window of
-- milliseconds. Answers 0, or the milliseconds to wait. Rows that have expired are removed once every other lock is held, and
-- without waiting for any: removed first, they were held out of order, and two attempts could wait for each other.
CREATE OR REPLACE FUNCTION weir.take_attempt(keys text[], mosts integer[], windows bigint[], attempt text) RETURNS bigint
  LANGUAGE plpgsql VOLATILE
  AS $$
  DECLARE
    now_ms bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
    wait_ms bigint := 0;
    alive text[];
    kept text[];
  BEGIN
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
    IF wait_ms = 0 THEN
      FOR i IN 1 .. cardinality(keys) LOOP
        UPDATE weir.sign_in_attempts
          SET times = times || (now_ms || ':' || attempt),
              expires_at = greatest(expires_at, now() + windows[i] * interval '1 millisecond')
          WHERE key = keys[i];
      END LOOP;
    END IF;
    DELETE FROM weir.sign_in_attempts WHERE key IN (
      SELECT key FROM weir.sign_in_attempts WHERE expires_at < now() LIMIT 20 FOR UPDATE SKIP LOCKED
    );
    RETURN wait_ms;
  END;
  $$;
