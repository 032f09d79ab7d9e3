"""The QR path stands in three places (tracking, exports, validation); it must be one spelling in all of them."""

from __future__ import annotations

import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.logical_paths import join_logical

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
