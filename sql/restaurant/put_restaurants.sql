-- Restaurants named in the staged orders. Nothing is written for one that is known already.
INSERT INTO restaurants (petpooja_restid, name)
SELECT s.petpooja_restid, max(s.restaurant_name)
FROM stage_orders s
WHERE NOT EXISTS (
    SELECT FROM restaurants r
    WHERE r.petpooja_restid = s.petpooja_restid AND (r.name IS NOT NULL OR s.restaurant_name IS NULL))
GROUP BY s.petpooja_restid
ORDER BY s.petpooja_restid
ON CONFLICT (petpooja_restid) DO UPDATE SET name = EXCLUDED.name
