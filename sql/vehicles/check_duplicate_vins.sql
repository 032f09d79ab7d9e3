SELECT vin, locations, lowest_price::float8 AS lowest_price, highest_price::float8 AS highest_price
FROM duplicate_vins
ORDER BY dealerships DESC, vin
