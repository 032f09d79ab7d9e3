SELECT vin, dealerships, locations, lowest_price, highest_price
FROM duplicate_vins
ORDER BY dealerships DESC, vin
