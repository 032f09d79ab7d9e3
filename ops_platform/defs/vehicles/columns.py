"""What stands in the columns of the vehicles tables: shown in the UI's catalogue. A test compares it with the tables.

Only names, types and meanings belong here; the tables themselves are made by sql/migrations.
"""

from __future__ import annotations

Columns = dict[str, tuple[str, str]]

_CAR: Columns = {
    "vin": ("varchar(17)", "vehicle identification number"),
    "stock": ("text", "the dealership's stock number; empty when the site shows none"),
    "year": ("integer", "model year"),
    "make": ("text", "brand"),
    "model": ("text", "model"),
    "trim": ("text", "trim level"),
    "ext_color": ("text", "exterior colour"),
    "status": ("text", "availability as the site writes it"),
    "price": ("numeric(12,2)", "asking price in dollars; empty for 'Please call'"),
    "body_style": ("text", "body style"),
    "fuel_type": ("text", "fuel"),
    "msrp": ("numeric(12,2)", "list price in dollars"),
    "date_in_stock": ("date", "when the car came on the lot"),
    "vehicle_url": ("text", "the car's page; QR codes lead there"),
}

CONFIGS: Columns = {
    "id": ("bigint", "number of the dealership"),
    "name": ("varchar(100)", "the dealership; other tables refer to it by this name"),
    "filtering_rules": ("jsonb", "which cars it wants"),
    "output_rules": ("jsonb", "how its exports and QR files look"),
    "qr_output_path": ("text", "folder of its QR files, as the people who print write it"),
    "is_active": ("boolean", "whether exports are made"),
    "created_at": ("timestamp with time zone", ""),
    "updated_at": ("timestamp with time zone", ""),
}

RAW: Columns = {
    "id": ("bigint", "number of the row"),
    "import_id": ("bigint", "the file it came from (vehicle_imports)"),
    "line_no": ("integer", "its line in that file"),
    **_CAR,
    "type": ("text", "New, Used, Certified ... as the site writes it"),
    "street_address": ("text", "address of the lot"),
    "locality": ("text", "city"),
    "postal_code": ("text", "postal code"),
    "region": ("text", "state"),
    "country": ("text", "country"),
    "location": ("text", "the dealership as the site writes it"),
    "price_text": ("text", "the price as the site writes it"),
    "msrp_text": ("text", "the list price as the site writes it"),
    "is_duplicate": ("boolean", "a later row of the file has the same VIN and dealership; that one counts"),
    "import_date": ("date", "day of the scrape"),
    "import_timestamp": ("timestamp with time zone", "when it was loaded"),
}

NORMALIZED: Columns = {
    "id": ("bigint", "number of the car at this dealership"),
    "raw_data_id": ("bigint", "the raw row it was last taken from"),
    **_CAR,
    "vehicle_condition": ("varchar(10)", "new, po (pre-owned) or cpo (certified)"),
    "on_lot_status": ("varchar(10)", "onlot, offlot or unknown"),
    "location": ("varchar(100)", "the dealership"),
    "vin_warnings": ("text[]", "what is odd about the VIN; never a reason to leave the car out"),
    "flags": ("text[]", "what is odd about the other fields"),
    "eligible": ("boolean", "whether the dealership's rules take the car"),
    "ineligible_reason": ("text", "why they do not"),
    "vin_scan_count": ("integer", "in how many files it was seen"),
    "first_seen_date": ("date", "first scrape that showed it"),
    "last_seen_date": ("date", "newest scrape that showed it"),
    "gone_date": ("date", "first scrape of the dealership that no longer did"),
    "created_at": ("timestamp with time zone", ""),
    "updated_at": ("timestamp with time zone", ""),
}

HISTORY: Columns = {
    "id": ("bigint", "number of the sighting"),
    "vin": ("varchar(17)", "vehicle identification number"),
    "dealership_name": ("varchar(100)", "where it was seen"),
    "scan_date": ("date", "on which day"),
    "raw_data_id": ("bigint", "the raw row that showed it"),
    "vehicle_type": ("varchar(10)", "new, po or cpo on that day"),
    "first_price": ("numeric(12,2)", "price in the day's first file"),
    "last_price": ("numeric(12,2)", "price in the day's last file"),
    "created_at": ("timestamp with time zone", ""),
}

EXPORTS: Columns = {
    "id": ("bigint", "number of the file"),
    "export_type": ("text", "job type of an export; illustrator, indesign, google_feed ... of print files"),
    "dealership_name": ("varchar(100)", "for whom"),
    "file_path": ("text", "where it was written"),
    "record_count": ("integer", "cars in it"),
    "file_size": ("bigint", "bytes"),
    "export_date": ("date", "for which day"),
    "created_at": ("timestamp with time zone", ""),
    "job_id": ("bigint", "the job that made it"),
    "exported_by": ("text", "who asked"),
    "notes": ("text", ""),
}

QR_FILES: Columns = {
    "id": ("bigint", "number of the record"),
    "vin": ("varchar(17)", "the car"),
    "dealership_name": ("varchar(100)", "the dealership"),
    "qr_file_path": ("text", "where the file is expected, as exports write it"),
    "file_exists": ("boolean", "whether it stood there and could be decoded"),
    "file_size": ("integer", "bytes"),
    "created_at": ("timestamp with time zone", ""),
    "last_verified": ("timestamp with time zone", "when that was last looked at"),
    "job_id": ("bigint", "the job that asked for it"),
    "payload": ("text", "what a phone reads"),
    "payload_hash": ("text", "of payload and look: another one makes the file anew"),
    "look": ("text", "pixels, level and engine it was made with"),
    "file_sha256": ("text", "of the bytes that were decoded"),
    "file_mtime_ns": ("bigint", "time of the file when it was last read"),
}
