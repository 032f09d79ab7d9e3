-- Reserve the next places in the row of calls; how many seconds until the first of them. length: seconds they take.
-- burst: how far the row may lag behind the clock.
INSERT INTO effect_rates AS shared (name, free_at)
VALUES (:name, clock_timestamp() + (CAST(:length AS float8) - CAST(:burst AS float8)) * interval '1 second')
ON CONFLICT (name) DO UPDATE
SET free_at = greatest(shared.free_at, clock_timestamp() - CAST(:burst AS float8) * interval '1 second')
              + CAST(:length AS float8) * interval '1 second'
RETURNING extract(epoch FROM free_at - CAST(:length AS float8) * interval '1 second' - clock_timestamp())
