"""The folder of product photos: new pictures appear whole, sources go last, a second run has nothing to do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops_platform.flows.retail import photos
from ops_platform.flows.retail.photos import PhotoOutcome, apply_photos, list_photos
from ops_platform.retail.automation import Plan
from ops_platform.retail.automations.resize_photos import AUTOMATION
from ops_platform.settings_retail import PhotosSettings
from ops_platform_tests.retail.store import own, planned
from ops_platform_tests.retail.test_photo import GPS, ORIENTATION, encoded, noise, opened, with_tags

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


def stage(monkeypatch: pytest.MonkeyPatch, name: str, meanwhile: Callable[[], None], *, after: bool = False) -> None:
    """Let something happen before (or after) a step of the work, as somebody who copies files does."""
    step = getattr(photos, name)

    def staged(*given: Any, **named: Any) -> Any:
        if not after:
            meanwhile()
        found = step(*given, **named)
        if after:
            meanwhile()
        return found

    monkeypatch.setattr(photos, name, staged)


@pytest.mark.parametrize("name", ["A.jpg", "B.jpeg", "C.png"])
@pytest.mark.parametrize("same_time", [False, True], ids=["newer", "its time kept"])
def test_a_picture_that_is_copied_in_while_the_one_before_is_worked_on_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, same_time: bool
) -> None:
    changes = plan(folder).changes
    before = (folder / name).stat()
    new = encoded(noise(90, 60, seed=7), "PNG")

    def copied_in() -> None:
        (folder / "new").write_bytes(new)
        if same_time:
            os.utime(folder / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
        (folder / "new").replace(folder / name)

    stage(monkeypatch, "fit_photo", copied_in)
    [outcome] = apply_photos(folder, changes[changes["key"] == name], RULES)
    assert (outcome.status, outcome.size) == ("conflict", None)
    assert (folder / name).read_bytes() == new
    assert sorted(path.name for path in folder.iterdir()) == ["A.jpg", "B.jpeg", "C.png", "D.jpg", "E.jpg"]


def test_a_picture_that_is_copied_in_as_the_new_one_is_written_is_not_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = plan(folder).changes
    stage(monkeypatch, "write_whole", lambda: put(folder, "C.png", b"another"), after=True)
    [outcome] = apply_photos(folder, changes[changes["key"] == "C.png"], RULES)
    assert (outcome.status, (folder / "C.png").read_bytes()) == ("conflict", b"another")
    assert "keep one of them" in outcome.detail


def test_a_renamed_jpeg_loses_the_place_it_was_taken_at_and_nothing_that_is_seen(folder: Path) -> None:
    put(folder, "P.jpeg", with_tags(noise(20, 20), orientation=6, gps="N"))
    seen = opened((folder / "P.jpeg").read_bytes())
    done = run(folder)["P.jpeg"]
    assert (done.status, done.action, done.detail) == ("applied", "renamed", "without the place it was taken at")
    published = opened((folder / "P.jpg").read_bytes())
    assert (published.tobytes(), published.getexif()[ORIENTATION]) == (seen.tobytes(), 6)
    assert not published.getexif().get_ifd(GPS)
    assert not (folder / "P.jpeg").exists()


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
