"""The print files beside an export: for the newest job, of cars whose picture exists, whole, and none stops another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles import companions
from ops_platform.flows.vehicles.companions import CompanionReport, write_companions
from ops_platform.flows.vehicles.folders import VehicleFolders
from ops_platform.flows.vehicles.jobs import JobOutcome, JobRequest
from ops_platform.flows.vehicles.qr import make_qr
from ops_platform.settings import Settings, load_settings
from ops_platform_tests.flows.conftest import BMW, DAY, NOW, car
from ops_platform_tests.flows.parts import (
    COLUMBIA,
    edit_rules,
    load,
    read_only,
    rows,
    run,
    small_disk,
    temps,
    values,
    vin,
)

pytestmark = pytest.mark.usefixtures("kept_directory")

Write = Callable[..., Path]
Make = Callable[..., CompanionReport]
EVERYTHING = {"templates": ["shortcut", "shortcut_pack", "flyout"], "indesign": True, "google_feed": True}


@pytest.fixture
def make(db: Database, folders: VehicleFolders, platform_settings: Settings) -> Make:
    """Write the print files of some dealerships (both BMW ones by default)."""

    def write(*names: str, settings: Settings = platform_settings) -> CompanionReport:
        return write_companions(db, folders, settings, names or (BMW, COLUMBIA), now=NOW, created_by="a test")

    return write


def beside(outcome: JobOutcome, kind: str) -> Path:
    assert outcome.export_file is not None
    return Path(outcome.export_file.removesuffix(".csv") + f"_{kind}.csv")


def test_the_illustrator_file_stands_beside_the_export_and_links_pictures_that_exist(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    load(db, write_scrape([car(n) for n in range(3)]))
    [job] = run(db, folders, BMW)
    make_qr(db, folders, platform_settings)
    report = make()
    path = beside(job, "illustrator")
    assert report.files == [{"dealership": BMW, "kind": "illustrator", "path": str(path), "rows": 3}]
    assert (report.missing, report.failures, report.warnings) == ([], [], [])
    linked = rows(path)
    assert [row["vin"] for row in linked] == job.vins
    assert all(folders.qr_file(row["@qr_code_path"]).is_file() for row in linked)
    recorded = db.frame("SELECT * FROM export_history WHERE export_type = 'illustrator'").iloc[0]
    assert (recorded["dealership_name"], recorded["file_path"], recorded["record_count"]) == (BMW, str(path), 3)
    assert (recorded["file_size"], recorded["job_id"]) == (path.stat().st_size, job.job_id)
    assert (recorded["exported_by"], recorded["export_date"]) == ("a test", DAY)


def test_cars_without_a_picture_are_left_out_and_named(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    load(db, write_scrape([car(n) for n in range(4)], "d_2025-03-12.csv"))
    make_qr(db, folders, platform_settings)
    load(db, write_scrape([car(n) for n in range(6)], "d_2025-03-13.csv"))
    [job] = run(db, folders, BMW)
    report = make()
    assert report.files[0]["rows"] == 4
    assert report.missing == [
        {
            "dealership": BMW,
            "vin": vin(n),
            "stock": f"STK00{n}",
            "expected_path": f"C:\\qr_codes\\bmw_west_stl\\{vin(n)}.png",
        }
        for n in (4, 5)
    ]
    assert report.warnings == [f"{BMW}, illustrator: 2 cars are left out because their QR picture does not exist yet"]
    assert {row["vin"] for row in rows(beside(job, "illustrator"))} == {vin(n) for n in range(4)}


def test_templates_indesign_and_feed_are_written_for_whom_they_are_wanted(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    edit_rules(db, BMW, "output_rules", **EVERYTHING)
    load(db, write_scrape([car(1, type="New", vin="WBAFR7C57CC811956"), car(2), car(3, location=COLUMBIA)]))
    jobs = run(db, folders, BMW, COLUMBIA)
    make_qr(db, folders, platform_settings)
    report = make()
    kinds = ["illustrator", "indesign", "shortcut", "shortcut_pack", "flyout", "google_feed"]
    assert [(file["dealership"], file["kind"]) for file in report.files] == [
        *((BMW, kind) for kind in kinds),
        (COLUMBIA, "illustrator"),
    ]
    assert list(rows(beside(jobs[0], "shortcut"))[0]) == ["QRYEARMODEL", "QRSTOCK", "@QR2"]
    assert list(rows(beside(jobs[0], "flyout"))[0]) == ["QRYEARMODEL", "QRPRICE", "@QR2"]
    [fed] = rows(beside(jobs[0], "google_feed"))
    assert (fed["vin"], fed["store_code"], fed["dealership_name"]) == ("WBAFR7C57CC811956", "bmw_west_stl", BMW)
    assert fed["dealership_address"] == "14417 Manchester Rd, Manchester, MO, 63011, US"
    assert report.warnings == [
        f"{BMW}, google_feed: 1 cars are left out: a used car needs its mileage, which the scrape does not carry"
    ]
    assert values(db, "SELECT export_type FROM export_history WHERE dealership_name = :n ORDER BY id", n=BMW) == [
        "standard",
        *kinds,
    ]


def test_the_newest_completed_job_counts_whatever_failed_or_was_empty_since(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    load(db, write_scrape([car(1, price="10000"), car(2)]))
    make_qr(db, folders, platform_settings)
    run(db, folders, BMW)
    [newest] = run(db, folders, JobRequest(BMW, "premium"), now=NOW + timedelta(hours=1))
    run(db, folders, JobRequest(BMW, filters={"year_min": 2030}), JobRequest(BMW, "no such type"))
    report = make()
    assert [file["path"] for file in report.files] == [str(beside(newest, "illustrator"))]
    # A premium job of a standard dealership has the premium columns, in the print file too.
    assert "msrp" in rows(beside(newest, "illustrator"))[0]
    assert make("Columbia Honda", "Nobody").files == []


def test_an_unchanged_file_is_neither_written_nor_recorded_again(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    jobs = run(db, folders, BMW, COLUMBIA)
    make_qr(db, folders, platform_settings)
    first = make()
    before = [beside(job, "illustrator").stat().st_mtime_ns for job in jobs]
    again = make()
    assert again.files == first.files
    assert [beside(job, "illustrator").stat().st_mtime_ns for job in jobs] == before
    db.execute("UPDATE normalized_vehicle_data SET stock = 'NEWSTOCK' WHERE vin = :v", v=vin(1))
    make()
    assert rows(beside(jobs[0], "illustrator"))[0]["stock"] == "NEWSTOCK"
    assert values(db, "SELECT dealership_name FROM export_history WHERE export_type = 'illustrator' ORDER BY id") == [
        BMW,
        COLUMBIA,
        BMW,
    ]


def test_the_dealerships_illustrator_options_win_over_the_settings(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    edit_rules(db, COLUMBIA, "output_rules", illustrator={"ascii_fold": False})
    load(db, write_scrape([car(1, model="Grün®"), car(2, model="Grün®", location=COLUMBIA)]))
    jobs = run(db, folders, BMW, COLUMBIA)
    make_qr(db, folders, platform_settings)
    with_bom = load_settings(
        platform_settings.home.parent,
        env={"OPS_HOME": str(platform_settings.home), "OPS_VEHICLES__ILLUSTRATOR__BOM": "true"},
    )
    make(settings=with_bom)
    folded, whole = (beside(job, "illustrator").read_bytes() for job in jobs)
    assert folded.startswith(b"\xef\xbb\xbf") and whole.startswith(b"\xef\xbb\xbf")
    assert b"Grun(R)" in folded and "Grün®".encode() in whole


def test_a_file_that_cannot_be_written_or_rendered_never_stops_the_rest(
    db: Database,
    write_scrape: Write,
    folders: VehicleFolders,
    platform_settings: Settings,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edit_rules(db, BMW, "output_rules", **EVERYTHING)
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    jobs = run(db, folders, BMW, COLUMBIA)
    make_qr(db, folders, platform_settings)
    beside(jobs[0], "shortcut").mkdir()  # a folder of that name stands there

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(companions, "indesign_csv", broken)
    report = make()
    assert [file["kind"] for file in report.files] == [
        "illustrator",
        "shortcut_pack",
        "flyout",
        "google_feed",
        "illustrator",
    ]
    defect, refused = report.failures
    assert defect == f"{BMW}, indesign: a defect"
    assert refused.startswith(f"{BMW}: ") and "a folder of that name is there" in refused
    recorded = values(db, "SELECT export_type FROM export_history WHERE dealership_name = :n", n=BMW)
    assert "shortcut" not in recorded and "indesign" not in recorded


def test_a_dealership_whose_rules_cannot_be_read_meanwhile_is_left_out_alone(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    run(db, folders, BMW, COLUMBIA)
    make_qr(db, folders, platform_settings)
    edit_rules(db, BMW, "output_rules", formt="premium")
    assert [file["dealership"] for file in make().files] == [COLUMBIA]


def test_a_dealership_without_qr_files_gets_no_print_files(
    db: Database, write_scrape: Write, folders: VehicleFolders, make: Make
) -> None:
    edit_rules(db, BMW, "output_rules", include_qr=False)
    load(db, write_scrape([car(1)]))
    run(db, folders, BMW)
    assert make().files == []


def test_a_full_disk_leaves_the_old_print_file_whole(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    cars = [car(n) for n in range(200)]
    load(db, write_scrape([*cars, car(900, location=COLUMBIA)]))
    make_qr(db, folders, platform_settings)
    exports = folders.export_file("x").parent
    with small_disk(exports) as leave:
        jobs = run(db, folders, BMW, COLUMBIA)
        make()
        old = beside(jobs[0], "illustrator").read_bytes()
        db.execute("UPDATE normalized_vehicle_data SET stock = stock || '-NEW'")
        leave(8_192)
        report = make()
        assert beside(jobs[0], "illustrator").read_bytes() == old
        assert [file["dealership"] for file in report.files] == [COLUMBIA]
        assert [failure.split(":")[0] for failure in report.failures] == [BMW]
        assert "is full. Free space there and run again" in report.failures[0]
        assert rows(beside(jobs[1], "illustrator"))[0]["stock"] == "STK900-NEW"
        assert temps(exports) == []
        leave(1 << 20)
        assert make().failures == []
        assert rows(beside(jobs[0], "illustrator"))[0]["stock"].endswith("-NEW")


def test_a_read_only_export_folder_is_reported_once_a_file(
    db: Database, write_scrape: Write, folders: VehicleFolders, platform_settings: Settings, make: Make
) -> None:
    load(db, write_scrape([car(1), car(2, location=COLUMBIA)]))
    run(db, folders, BMW, COLUMBIA)
    make_qr(db, folders, platform_settings)
    with read_only(folders.export_file("x").parent):
        report = make()
    assert report.files == [] and len(report.failures) == 2
    assert values(db, "SELECT count(*) FROM export_history WHERE export_type = 'illustrator'") == [0]
