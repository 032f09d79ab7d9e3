"""The folder of product photos: new pictures appear whole, sources go last, a second run has nothing to do."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ops_platform.flows.retail.photos import PhotoOutcome, apply_photos, list_photos
from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.resize_photos import AUTOMATION
from ops_platform.settings_retail import PhotosSettings
from ops_platform_tests.retail.store import own, planned
from ops_platform_tests.retail.test_photo import encoded, noise

RULES = PhotosSettings(larger_than_bytes=30_000, fit_px=128)


def put(folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    os.utime(folder / name, (time.time() - 3600, time.time() - 3600))


def plan(folder: Path) -> Plan:
    rules = {"larger_than_bytes": RULES.larger_than_bytes, "fit_px": RULES.fit_px}
    return planned(
        AUTOMATION, {"photos": list_photos(folder, now=time.time()), "own": own({}), "refused": own({})}, photos=rules
    )


def run(folder: Path) -> dict[str, PhotoOutcome]:
    return {outcome.name: outcome for outcome in apply_photos(folder, plan(folder).changes, RULES)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "images"
    made.mkdir()
    put(made, "A.jpg", encoded(noise(400, 300)))
    put(made, "B.jpeg", encoded(noise(20, 20)))
    put(made, "C.png", encoded(noise(20, 20), "PNG"))
    put(made, "D.jpg", encoded(noise(400, 300))[:40_000])
    put(made, "E.jpg", encoded(noise(20, 20)))
    return made


def test_each_file_is_taken_by_itself_and_a_bad_one_stops_no_other(folder: Path) -> None:
    small, broken = (folder / "E.jpg").read_bytes(), (folder / "D.jpg").read_bytes()
    done = run(folder)
    assert {name: (found.status, found.action) for name, found in done.items()} == {
        "A.jpg": ("applied", "resized"),
        "B.jpeg": ("applied", "renamed"),
        "C.png": ("applied", "converted"),
        "D.jpg": ("failed", "refused"),
    }
    assert sorted(path.name for path in folder.iterdir()) == ["A.jpg", "B.jpg", "C.jpg", "D.jpg", "E.jpg"]
    assert ((folder / "E.jpg").read_bytes(), (folder / "D.jpg").read_bytes()) == (small, broken)
    assert (done["A.jpg"].pixels_before, done["A.jpg"].pixels) == ("400x300", "128x96")
    assert done["A.jpg"].size == (folder / "A.jpg").stat().st_size <= RULES.larger_than_bytes


def test_a_renamed_jpeg_keeps_every_byte(folder: Path) -> None:
    before = (folder / "B.jpeg").read_bytes()
    run(folder)
    assert (folder / "B.jpg").read_bytes() == before


def test_a_second_run_has_nothing_to_do_but_the_broken_one(folder: Path) -> None:
    run(folder)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    assert plan(folder).changes["key"].tolist() == ["D.jpg"]


def test_a_file_that_changed_since_the_plan_is_left(folder: Path) -> None:
    planned_changes = plan(folder).changes
    put(folder, "A.jpg", b"another")
    outcomes = {found.name: found for found in apply_photos(folder, planned_changes, RULES)}
    assert (outcomes["A.jpg"].status, (folder / "A.jpg").read_bytes()) == ("conflict", b"another")


def test_a_jpg_that_appeared_since_the_plan_is_never_overwritten(folder: Path) -> None:
    planned_changes = plan(folder).changes
    put(folder, "C.jpg", b"somebody's")
    outcomes = {found.name: found for found in apply_photos(folder, planned_changes, RULES)}
    assert outcomes["C.png"].status == "conflict"
    assert ((folder / "C.jpg").read_bytes(), (folder / "C.png").exists()) == (b"somebody's", True)


def test_a_file_that_went_away_is_told(folder: Path) -> None:
    planned_changes = plan(folder).changes
    (folder / "A.jpg").unlink()
    outcomes = {found.name: found for found in apply_photos(folder, planned_changes, RULES)}
    assert outcomes["A.jpg"].detail == "it is not there any more"


def test_a_folder_that_is_not_there_has_no_photos(tmp_path: Path) -> None:
    assert len(list_photos(tmp_path / "none", now=0.0)) == 0


def test_a_file_dated_in_the_future_is_as_old_as_the_folder_knows_it(folder: Path) -> None:
    os.utime(folder / "A.jpg", (time.time() + 10**8, time.time() + 10**8))
    ages = dict(list_photos(folder, now=time.time() + 300)[["name", "age_seconds"]].itertuples(index=False))
    assert 200 < ages["A.jpg"] < 400
    assert ages["B.jpeg"] > 3600
