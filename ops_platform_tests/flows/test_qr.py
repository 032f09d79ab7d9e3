"""QR files against the records: which are made, which are left alone, how they look, what fails alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.dealerships import load_directory
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobRequest
from ops_platform.flows.vehicles.qr import QrReport, audit_qr, look_of, make_qr, validate_qr
from ops_platform.settings import Settings, load_settings
from ops_platform.vehicles.qr import QrLook
from ops_platform.vehicles.qr_decode import read_qr_png
from ops_platform_tests.flows.conftest import BMW, NOW, car
from ops_platform_tests.flows.parts import (
    COLUMBIA,
    edit_rules,
    file_of,
    load,
    run,
    set_folder,
    small_disk,
    temps,
    tracked,
    values,
    vin,
)

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]


def said(path: Path) -> str:
    return read_qr_png(path.read_bytes()).payload


def counts(report: QrReport) -> tuple[int, int, int, int]:
    return report.total, report.made, report.unchanged, report.failed


def test_a_car_gets_a_file_that_says_its_page_and_is_recorded_with_its_facts(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1), car(2, vehicle_url="")]))
    seen: list[tuple[int, int]] = []
    report = make_qr(db, folders, platform_settings, progress=lambda done, total: seen.append((done, total)))
    assert counts(report) == (2, 2, 0, 0)
    assert report.new_files == [file_of(folders, 1), file_of(folders, 2)]
    assert seen[0] == (0, 2) and seen[-1] == (2, 2)
    path = file_of(folders, 1)
    page = "https://www.bmw.example/inventory/1?utm_source=SilverFox&utm_medium=VDP_ShortCut"
    assert said(path) == page and said(file_of(folders, 2)) == vin(2)
    with Image.open(path) as picture:
        assert (picture.size, picture.mode, picture.info["VIN"]) == ((388, 388), "1", vin(1))
    row = tracked(db, 1)
    assert row["file_exists"] is True and row["last_verified"] is not None and row["job_id"] is None
    assert (row["payload"], row["file_size"]) == (page, path.stat().st_size)
    assert row["file_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row["file_mtime_ns"] == path.stat().st_mtime_ns


def test_a_second_making_touches_no_file_and_no_record(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(5)]))
    make_qr(db, folders, platform_settings)
    before = [file_of(folders, n).stat().st_mtime_ns for n in range(5)]
    versions = values(db, "SELECT xmin::text FROM qr_file_tracking ORDER BY vin")
    again = make_qr(db, folders, platform_settings)
    assert counts(again) == (5, 0, 5, 0) and again.new_files == []
    assert [file_of(folders, n).stat().st_mtime_ns for n in range(5)] == before
    assert values(db, "SELECT xmin::text FROM qr_file_tracking ORDER BY vin") == versions
    db.execute("UPDATE qr_file_tracking SET file_exists = false")  # by hand; the files say otherwise
    assert counts(make_qr(db, folders, platform_settings)) == (5, 0, 5, 0)
    assert set(values(db, "SELECT file_exists FROM qr_file_tracking")) == {True}


def test_what_is_lost_torn_swapped_or_says_an_old_page_is_made_anew_and_nothing_else(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(6)], "d_2025-03-12.csv"))
    make_qr(db, folders, platform_settings)
    file_of(folders, 0).unlink()
    file_of(folders, 1).write_bytes(file_of(folders, 1).read_bytes()[:-40])
    file_of(folders, 2).write_bytes(file_of(folders, 3).read_bytes())
    moved = "https://www.bmw.example/new-page/4"
    load(db, write_scrape([*(car(n) for n in range(4)), car(4, vehicle_url=moved), car(5)], "d_2025-03-13.csv"))
    report = make_qr(db, folders, platform_settings)
    assert report.new_files == [file_of(folders, n) for n in (0, 1, 2, 4)]
    assert said(file_of(folders, 4)).startswith(moved)
    assert all(f"/{n}?" in said(file_of(folders, n)) for n in range(6))
    assert audit_qr(db, folders, platform_settings, sample=6, seed=1).ok == 6


def test_another_look_makes_only_that_dealerships_files_anew(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    make_qr(db, folders, platform_settings)
    edit_rules(db, COLUMBIA, "output_rules", qr={"size_px": 512})
    report = make_qr(db, folders, platform_settings)
    assert report.new_files == [file_of(folders, 2, "columbia_bmw")]
    with Image.open(report.new_files[0]) as picture:
        assert picture.size == (512, 512)


def test_files_are_made_for_cars_on_hand_of_active_dealerships_that_want_them(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    names = [BMW, COLUMBIA, "Columbia Honda", "Pappas Toyota"]
    load(db, write_scrape([car(1), *(car(n, location=names[n % 4]) for n in range(4, 8))], "d_2025-03-12.csv"))
    load(db, write_scrape([car(4)], "d_2025-03-13.csv"))  # 1 is gone
    db.execute("UPDATE dealership_configs SET is_active = false WHERE name = :n", n=COLUMBIA)
    edit_rules(db, "Columbia Honda", "output_rules", include_qr=False)
    report = make_qr(db, folders, platform_settings)
    assert [path.stem for path in report.new_files] == [vin(4), vin(7)]
    assert counts(make_qr(db, folders, platform_settings, dealerships=[BMW]))[0] == 1
    assert counts(make_qr(db, folders, platform_settings, dealerships=["Nobody"])) == (0, 0, 0, 0)


def test_a_jobs_making_is_limited_to_its_cars_and_recorded_as_its(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(1, price="10000"), car(2), car(2, location=COLUMBIA)]))
    [job] = run(db, folders, JobRequest(BMW, "premium"))
    report = make_qr(db, folders, platform_settings, job_id=job.job_id)
    assert report.new_files == [file_of(folders, 2)]
    assert tracked(db, 2)["job_id"] == job.job_id
    assert make_qr(db, folders, platform_settings).made == 2
    validate_qr(db, folders, platform_settings, BMW, now=NOW)
    assert tracked(db, 2)["job_id"] == job.job_id  # still the job that had it made


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("C:\\qr_codes\\..\\..\\windows\\", '".."'),
        ("C:\\qr_codes\\aux\\", "'aux' cannot be a folder"),
        ("C:\\qr_codes\\a:b\\", "cannot be a folder"),
        ("X:\\elsewhere\\bmw\\", 'setting "vehicles.path_map", for example X:'),
        ("qr_codes\\bmw", "no absolute path"),
    ],
)
def test_a_dealership_with_an_impossible_folder_fails_alone(
    db: Database,
    write_scrape: Write,
    folders: VehicleFolders,
    platform_settings: Settings,
    tmp_path: Path,
    folder: str,
    says: str,
) -> None:
    load(db, write_scrape([car(1), car(2), car(3, location=COLUMBIA)]))
    set_folder(db, BMW, folder)
    report = make_qr(db, folders, platform_settings)
    assert counts(report) == (3, 1, 0, 2)
    assert {failure["dealership"] for failure in report.failures} == {BMW}
    assert all(says in failure["reason"] and failure["vin"] in failure["path"] for failure in report.failures)
    assert sorted(tmp_path.rglob("*.png")) == [file_of(folders, 3, "columbia_bmw")]


def test_a_dealership_whose_job_type_cannot_be_read_fails_alone(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    db.execute("""UPDATE order_processing_config SET qr_settings = '{"size": 9}' WHERE config_name = 'premium'""")
    edit_rules(db, COLUMBIA, "output_rules", format="premium")
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    report = make_qr(db, folders, platform_settings)
    assert counts(report) == (2, 1, 0, 1)
    assert 'job type "premium"' in report.failures[0]["reason"]


LOOKS: list[tuple[dict[str, str], dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {}, {"size_px": 388, "level": "auto", "payload": "url_utm", "dpi": 300, "engine": "zxing"}),
    ({"SIZE_PX": "300", "ENGINE": "qrcode", "DPI": "150"}, {}, {}, {"size_px": 300, "dpi": 150, "engine": "qrcode"}),
    ({"SIZE_PX": "300"}, {"size_px": 400}, {}, {"size_px": 400}),
    ({"SIZE_PX": "300"}, {"size_px": 400}, {"size_px": 500}, {"size_px": 500}),
    ({"SIZE_PX": "300"}, {"payload": "vin"}, {"dpi": 600}, {"size_px": 300, "payload": "vin", "dpi": 600}),
    ({"ERROR_CORRECTION": "H"}, {}, {"error_correction": "auto"}, {"level": "auto"}),
    ({"ERROR_CORRECTION": "H"}, {"error_correction": "Q"}, {}, {"level": "Q"}),
    ({"PAYLOAD": "vin"}, {}, {"payload": "url_utm"}, {"payload": "url_utm"}),  # a default, but said aloud
]


@pytest.mark.parametrize(("variables", "of_type", "own", "expected"), LOOKS)
def test_a_dealerships_own_look_wins_over_its_formats_and_that_over_the_settings(
    db: Database,
    tmp_path: Path,
    variables: dict[str, str],
    of_type: dict[str, Any],
    own: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    settings = load_settings(tmp_path, env={f"OPS_VEHICLES__QR__{key}": value for key, value in variables.items()})
    db.execute(
        "UPDATE order_processing_config SET qr_settings = CAST(:s AS jsonb) WHERE config_name = 'premium'",
        s=json.dumps(of_type),
    )
    edit_rules(db, BMW, "output_rules", format="premium", qr=own)
    look = look_of(load_directory(db), BMW, settings)
    assert {name: getattr(look, name) for name in expected} == expected
    other = look_of(load_directory(db), COLUMBIA, settings)  # of the standard format, which says nothing of its own
    assert other.size_px == settings.vehicles.qr.size_px and isinstance(other, QrLook)


def test_a_full_disk_leaves_the_old_codes_whole_and_names_what_was_not_made(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings
) -> None:
    load(db, write_scrape([car(n) for n in range(20)]))
    root = folders.qr_file("C:\\qr_codes\\x").parent
    with small_disk(root) as leave:
        make_qr(db, folders, platform_settings)
        old = {path: path.read_bytes() for path in root.rglob("*.png")}
        edit_rules(db, BMW, "output_rules", qr={"size_px": 900})
        leave(3 * 4096)
        report = make_qr(db, folders, platform_settings)
        assert report.failed > 0 and report.total == 20 == report.made + report.failed
        assert all("is full. Free space there and run again" in failure["reason"] for failure in report.failures)
        failed = {Path(failure["path"]) for failure in report.failures}
        assert {path for path in old if path.read_bytes() == old[path]} == failed
        assert audit_qr(db, folders, platform_settings, sample=20, seed=1).ok == 20
        assert temps(root) == []
        leave(1 << 20)
        assert counts(make_qr(db, folders, platform_settings)) == (20, report.failed, report.made, 0)
