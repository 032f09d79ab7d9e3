"""The columns that are COPYed into the vehicles tables, with their PostgreSQL types. Nothing else belongs here.

The migration is the source; a test compares the two, so that a renamed column fails there and not at 6 in the morning.
"""

from __future__ import annotations

_CAR = {
    "vin": "varchar",
    "stock": "text",
    "year": "int4",
    "make": "text",
    "model": "text",
    "trim": "text",
    "ext_color": "text",
    "body_style": "text",
    "fuel_type": "text",
    "status": "text",
    "price": "numeric",
    "msrp": "numeric",
    "date_in_stock": "date",
    "location": "text",
    "vehicle_url": "text",
}

RAW = {
    "id": "int8",
    "import_id": "int8",
    "line_no": "int4",
    **_CAR,
    "type": "text",
    "street_address": "text",
    "locality": "text",
    "postal_code": "text",
    "region": "text",
    "country": "text",
    "price_text": "text",
    "msrp_text": "text",
    "is_duplicate": "bool",
    "import_date": "date",
}

REJECTS = {
    "import_id": "int8",
    "line_no": "int4",
    "location": "text",
    "vin": "text",
    "code": "text",
    "column_name": "text",
    "detail": "text",
    "raw": "jsonb",
}

STAGE = {
    "raw_data_id": "int8",
    **_CAR,
    "vin": "text",
    "vehicle_condition": "text",
    "on_lot_status": "text",
    "vin_warnings": "text[]",
    "flags": "text[]",
    "eligible": "bool",
    "ineligible_reason": "text",
}

SCANS = {
    "import_id": "int8",
    "dealership_name": "varchar",
    "scan_date": "date",
    "cars": "int4",
    "previous_cars": "int4",
    "status": "text",
}

JOB_VEHICLES = {"job_id": "int8", "vin": "varchar", "position": "int4"}

EXPORTS = {
    "export_type": "text",
    "dealership_name": "varchar",
    "file_path": "text",
    "record_count": "int4",
    "file_size": "int8",
    "job_id": "int8",
    "exported_by": "text",
    "export_date": "date",
    "notes": "text",
}
