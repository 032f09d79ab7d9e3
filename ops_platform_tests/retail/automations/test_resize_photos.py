from __future__ import annotations

from typing import Any

import pandas as pd

from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.resize_photos import AUTOMATION
from ops_platform.retail.snapshots import PHOTO_FOLDER
from ops_platform_tests.retail.store import noted, own, planned, reasons, wanted

LARGE, OLD = 1_800_001, 3600.0


def plan(files: dict[str, Any], written: dict[str, int] | None = None, refused: dict[str, int] | None = None) -> Plan:
    rows = [(name, *(given if isinstance(given, tuple) else (given, OLD))) for name, given in files.items()]
    photos = pd.DataFrame(rows, columns=list(PHOTO_FOLDER), dtype=object)
    return planned(AUTOMATION, {"photos": photos, "own": own(written or {}), "refused": own(refused or {})})


def test_a_jpg_above_the_limit_is_made_smaller_and_one_at_the_limit_is_not_touched() -> None:
    assert wanted(plan({"A.jpg": LARGE, "B.jpg": LARGE - 1})) == {"A.jpg": "A.jpg"}


def test_jpeg_and_png_become_jpg_in_any_case() -> None:
    found = plan({"A.jpeg": 10, "B.PNG": 10, "C.JPG": 10, "D^1.png": LARGE})
    assert wanted(found) == {"A.jpeg": "A.jpg", "B.PNG": "B.jpg", "C.JPG": "C.jpg", "D^1.png": "D^1.jpg"}
    assert reasons(found)["D^1.png"] == "a .png becomes a .jpg and 1,800,001 bytes are more than 1,800,000"


def test_other_files_are_nobodys_business() -> None:
    assert plan({"A.gif": LARGE, "notes.txt": LARGE, "B.jpg.bak": LARGE}).considered == 0


def test_a_png_beside_a_jpg_of_its_name_stays_and_the_jpg_is_kept() -> None:
    found = plan({"A.png": 10, "a.JPG": 10, "A.jpg": LARGE})
    assert wanted(found) == {"A.jpg": "A.jpg"}
    assert noted(found) == {("photo_conflict", "A.png"), ("photo_conflict", "a.JPG")}


def test_a_file_that_may_still_be_copied_in_is_left_for_the_next_run() -> None:
    found = plan({"A.jpg": (LARGE, 59.0), "B.jpg": (LARGE, 60.0)})
    assert wanted(found) == {"B.jpg": "B.jpg"}
    assert noted(found) == {("photo_settling", "A.jpg")}


def test_a_photo_it_could_not_make_small_is_not_encoded_again_and_again() -> None:
    assert noted(plan({"A.jpg": LARGE}, {"A.jpg": LARGE})) == {("photo_still_large", "A.jpg")}
    assert wanted(plan({"A.jpg": LARGE + 1}, {"A.jpg": LARGE})) == {"A.jpg": "A.jpg"}


def test_a_file_that_was_refused_is_tried_again_only_when_it_has_another_size() -> None:
    assert noted(plan({"A.png": 10}, refused={"A.png": 10})) == {("photo_refused", "A.png")}
    assert wanted(plan({"A.png": 11}, refused={"A.png": 10})) == {"A.png": "A.jpg"}
