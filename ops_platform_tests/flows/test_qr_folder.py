"""The QR path stands in three places (tracking, exports, validation); it must be one spelling in all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.logical_paths import join_logical
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.settings import load_settings

FOLDERS = [
    "C:\\qr_codes\\bmw_west_stl\\",
    "C:\\qr_codes\\bmw_west_stl",
    "C:/qr_codes/bmw_west_stl/",
    "C:\\\\qr_codes\\\\bmw_west_stl\\\\",
    "\\\\nas\\print\\bmw",
    "/srv/qr/bmw",
    "/srv//qr/bmw/",
]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_database_joins_a_folder_and_a_name_as_the_exports_do(db: Database, folder: str) -> None:
    found = db.frame("SELECT qr_folder(:folder) || 'A.png' AS path", folder=folder)["path"][0]
    assert found == join_logical(folder, "A.png")


@pytest.mark.parametrize("root", ["C:\\qr_codes", "c:\\QR_codes\\", "C:/qr_codes"])
def test_a_root_of_the_guide_may_be_mapped_in_any_spelling(tmp_path: Path, root: str) -> None:
    settings = load_settings(tmp_path, env={"OPS_VEHICLES__PATH_MAP": json.dumps({root: str(tmp_path / "mine")})})
    folders = VehicleFolders.of(settings)
    assert folders.qr_file("C:\\qr_codes\\bmw\\A.png") == tmp_path / "mine" / "bmw" / "A.png"
    assert folders.export_file("a.csv") == settings.vehicles.exports_dir / "a.csv"
