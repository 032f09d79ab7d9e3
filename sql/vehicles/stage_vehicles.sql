-- Where the cars of one file wait to be merged; private to the transaction and gone with it.
CREATE TEMP TABLE stage_vehicles (
    raw_data_id bigint, vin text, stock text, vehicle_condition text, on_lot_status text, year integer, make text,
    model text, trim text, ext_color text, body_style text, fuel_type text, status text, price numeric, msrp numeric,
    date_in_stock date, location text, vehicle_url text, vin_warnings text[], flags text[], eligible boolean,
    ineligible_reason text
) ON COMMIT DROP
