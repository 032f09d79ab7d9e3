from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core.logical_paths import LogicalPathError
from ops_platform.core.names import is_safe_file_name
from ops_platform.vehicles.exports import (
    dealership_slug,
    export_file_name,
    qr_paths,
    seed_columns,
    seed_csv,
    sort_vehicles,
)
from ops_platform.vehicles.output_rules import FIELD_NAMES, OutputRules, parse_output_rules
from ops_platform_tests.vehicles.stored_cars import stored_cars

QR = "C:\\qr_codes\\bmw_west_stl\\"
PREMIUM = parse_output_rules(
    {
        "format": "premium",
        "sort_by": ["model", "year"],
        "fields": ["vin", "stock", "year", "make", "model", "trim", "price", "msrp"],
    },
    "guide",
)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_the_file_of_the_owners_guide_comes_out_byte_for_byte() -> None:
    assert seed_csv(stored_cars({}), PREMIUM, QR) == (
        b"vin,stock,year,make,model,trim,price,msrp,condition,qr_code_path\n"
        b"WBAJA7C50KK123456,STK001,2023,BMW,X5,xDrive40i,65000,68000,new,"
        b"C:\\qr_codes\\bmw_west_stl\\WBAJA7C50KK123456.png\n"
    )


def test_an_order_without_cars_is_a_file_with_a_header() -> None:
    assert seed_csv(stored_cars(), PREMIUM, QR).decode().splitlines() == [
        "vin,stock,year,make,model,trim,price,msrp,condition,qr_code_path"
    ]


def test_the_header_is_fields_then_condition_then_the_qr_path() -> None:
    assert seed_columns(parse_output_rules({"fields": ["year", "vin"]}, "x")) == [
        "year",
        "vin",
        "condition",
        "qr_code_path",
    ]
    assert seed_columns(parse_output_rules({"fields": ["condition", "vin"], "include_qr": False}, "x")) == [
        "condition",
        "vin",
    ]


def test_missing_values_are_empty_cells_and_cents_are_kept() -> None:
    frame = stored_cars({"stock": None, "year": None, "trim": None, "price": None, "msrp": 68000.5})
    (row,) = rows_of(seed_csv(frame, PREMIUM, QR))
    assert [row[name] for name in ("stock", "year", "trim", "price")] == [""] * 4
    assert row["msrp"] == "68000.50"


def test_every_field_of_the_closed_list_can_be_exported_and_sorted_by() -> None:
    rules = parse_output_rules({"fields": list(FIELD_NAMES), "sort_by": list(FIELD_NAMES)}, "x")
    (row,) = rows_of(seed_csv(stored_cars({}), rules, QR))
    assert row["condition"] == "new"
    assert row["ext_color"] == "Black Sapphire"
    assert row["date_in_stock"] == "2025-02-01"
    assert row["vehicle_url"] == "https://example.test/x5?a=1,2"


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        (["model"], "CBAD"),
        (["year"], "BCAD"),
        (["price"], "ABDC"),
        (["condition", "year"], "BCAD"),
        (["date_in_stock"], "DABC"),
        ([], "ABCD"),
    ],
)
def test_cars_are_sorted_with_missing_values_last_and_the_vin_deciding(sort_by: list[str], order: str) -> None:
    frame = stored_cars(
        {"vin": "D", "model": None, "year": None, "price": 2.0, "date_in_stock": date(2020, 1, 1)},
        {"vin": "C", "model": "a3", "year": 2020, "price": None},
        {"vin": "B", "model": "A4", "year": 2020, "price": 1.0},
        {"vin": "A", "model": "X5", "year": 2021, "price": 1.0},
    )
    for shuffled in (frame, frame.iloc[::-1], frame.sample(frac=1, random_state=1)):
        assert "".join(sort_vehicles(shuffled, sort_by)["vin"]) == order


def test_upper_and_lower_case_sort_together() -> None:
    frame = stored_cars({"vin": "1", "model": "x7"}, {"vin": "2", "model": "X5"}, {"vin": "3", "model": "x5"})
    assert sort_vehicles(frame, ["model"])["vin"].tolist() == ["2", "3", "1"]


texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
hostile_cars = st.fixed_dictionaries(
    {
        "vin": st.from_regex(r"[A-HJ-NPR-Z0-9]{17}", fullmatch=True),
        "stock": texts,
        "model": texts,
        "trim": texts,
        "price": st.one_of(st.none(), st.integers(0, 10**8).map(lambda cents: cents / 100)),
    }
)


@settings(deadline=None)
@given(st.lists(hostile_cars, max_size=6))
def test_every_car_comes_back_whole_from_the_file(cars: list[dict[str, object]]) -> None:
    rows = rows_of(seed_csv(stored_cars(*cars), PREMIUM, QR))
    assert len(rows) == len(cars)
    written = sorted((row["vin"], row["stock"], row["model"], row["trim"]) for row in rows)
    assert written == sorted((car["vin"], car["stock"] or "", car["model"] or "", car["trim"] or "") for car in cars)
    prices = sorted(float(row["price"]) for row in rows if row["price"])
    assert prices == sorted(car["price"] for car in cars if car["price"] is not None)  # type: ignore[type-var]
    assert [row["qr_code_path"] for row in rows] == [f"{QR}{row['vin']}.png" for row in rows]


@pytest.mark.parametrize("vin", ["..\\..\\evil", "NUL", "a/b", "C:x", "x\n"])
def test_a_vin_that_is_no_file_name_never_becomes_a_path(vin: str) -> None:
    with pytest.raises(LogicalPathError):
        qr_paths(["WBAJA7C50KK123456", vin], QR)


def test_a_folder_written_the_posix_way_stays_so() -> None:
    assert qr_paths(["A"], "/srv/qr/") == ["/srv/qr/A.png"]


def test_the_name_of_an_export_says_who_what_when_and_which_job() -> None:
    moment = datetime(2025, 7, 24, 9, 5, 7, tzinfo=UTC)
    slug = dealership_slug("BMW of West St. Louis", QR)
    assert export_file_name(slug, "premium", moment, 123) == "bmw_west_stl_premium_20250724_090507_job123.csv"
    assert export_file_name(slug, "premium", moment, 123, "_illustrator.csv").endswith("_job123_illustrator.csv")


@given(st.text(), st.text(), st.text())
def test_no_name_folder_or_job_type_makes_an_unsafe_file_name(name: str, folder: str, job_type: str) -> None:
    slug = dealership_slug(name, folder)
    assert is_safe_file_name(slug)
    moment = datetime(2025, 7, 24, tzinfo=UTC)
    assert is_safe_file_name(export_file_name(slug, job_type, moment, 2**63, "_shortcut_pack.csv"))


@pytest.mark.parametrize(
    ("name", "folder", "slug"),
    [
        ("Serra Honda of O'Fallon", "C:\\qr_codes\\serra_honda_ofallon\\", "serra_honda_ofallon"),
        ("Serra Honda of O'Fallon", "C:\\", "serra_honda_of_ofallon"),
        ("Serra Honda of O'Fallon", "C:\\qr\\NUL", "serra_honda_of_ofallon"),
        ("Serra Honda of O'Fallon", "", "serra_honda_of_ofallon"),
        ("Serra Honda of O'Fallon", "C:\\qr\\" + "x" * 200, "serra_honda_of_ofallon"),
    ],
)
def test_the_short_name_comes_from_the_qr_folder_when_it_has_one(name: str, folder: str, slug: str) -> None:
    assert dealership_slug(name, folder) == slug


def test_rules_without_qr_write_no_path_column() -> None:
    content = seed_csv(stored_cars({}), OutputRules(include_qr=False), "")
    assert content.decode().splitlines()[0] == "vin,stock,year,make,model,price,condition"
