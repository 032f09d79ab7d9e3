"""The names of the vehicles assets, and what all of them have in common. Nothing else belongs here."""

from __future__ import annotations

import dagster as dg

GROUP = "vehicles"
OWNERS = ["team:agency-operations"]


def _key(name: str) -> dg.AssetKey:
    return dg.AssetKey(["vehicles", name])


SCRAPE_FILES = _key("scrape_files")
DEALERSHIP_CONFIGS = _key("dealership_configs")
RAW_VEHICLE_DATA = _key("raw_vehicle_data")
NORMALIZED_VEHICLE_DATA = _key("normalized_vehicle_data")
VIN_HISTORY = _key("vin_history")
DEALERSHIP_EXPORTS = _key("dealership_exports")
QR_FILES = _key("qr_files")
ILLUSTRATOR_FILES = _key("illustrator_files")

IMPORTED = [RAW_VEHICLE_DATA, NORMALIZED_VEHICLE_DATA, VIN_HISTORY]

# Reported by the step that writes the files: what it could not write is nowhere else to be read.
PRINT_FILES_CHECK = "print_files_are_written"
