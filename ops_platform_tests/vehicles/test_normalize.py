"""From a scrape's table to the rows that are stored: nothing lost, the last row of a car wins."""

from __future__ import annotations

import math
import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.headers import RAW_FIELDS
from ops_platform.vehicles.layouts import REJECT_COLUMNS
from ops_platform.vehicles.normalize import FLAGS
from ops_platform_tests.vehicles.scrape_files import (
    FORD,
    IGNORED,
    KIA,
    SCRAPER,
    VINS,
    Car,
    as_bytes,
    car,
    file,
    lines,
    load,
)

TEXT_COLUMNS = ["vin", "stock", "make", "model", "trim", "ext_color", "body_style", "fuel_type", "status", "location"]


def one(**cells: str) -> Car:
    """The stored vehicle of a row with these cells."""
    [vehicle] = load(file(car(0, **cells))).vehicles.to_dict("records")
    return vehicle


def flags(**cells: str) -> list[str]:
    return one(**cells)["flags"]


def test_a_car_is_stored_with_every_column_by_its_type() -> None:
    scrape = load(
        file(car(0, msrp="$35,000.50", trim=" XL &amp; T  4WD<sup>1</sup> ", vehicle_url=" https://x.example/a "))
    )
    [vehicle] = scrape.vehicles.to_dict("records")
    assert vehicle == {
        "line_no": 2,
        "vin": VINS[0],
        "stock": "T00000",
        "vehicle_condition": "po",
        "on_lot_status": "onlot",
        "year": 2019,
        "make": "Ford",
        "model": "F-150",
        "trim": "XL & T 4WD",
        "ext_color": "Oxford White",
        "body_style": "4D SuperCrew",
        "fuel_type": "Gasoline",
        "status": "In Stock",
        "price": 31985.0,
        "msrp": 35000.5,
        "date_in_stock": date(2025, 3, 1),
        "location": FORD,
        "vehicle_url": "https://x.example/a",
        "vin_warnings": [],
        "flags": [],
    }
    assert scrape.vehicles["year"].dtype == "Int64" and scrape.vehicles["price"].dtype == np.float64
    assert all(scrape.vehicles[name].dtype == object for name in TEXT_COLUMNS)


def test_the_audit_row_keeps_the_words_of_the_file() -> None:
    scrape = load(file(car(0, price="$31,985", msrp="<b>Call</b>", location="SUNTRUP  Ford Westport", stock=" N/A ")))
    assert list(scrape.raw.columns) == [
        "line_no",
        *RAW_FIELDS,
        "price_text",
        "msrp_text",
        "dealership_name",
        "is_duplicate",
    ]
    [raw] = scrape.raw.to_dict("records")
    assert (raw["price"], raw["price_text"]) == (31985.0, "$31,985")
    assert math.isnan(raw["msrp"]) and raw["msrp_text"] == "Call"
    assert (raw["location"], raw["dealership_name"]) == ("SUNTRUP Ford Westport", FORD)
    assert (raw["type"], raw["stock"], raw["is_duplicate"]) == ("Used", "N/A", False)
    [vehicle] = scrape.vehicles.to_dict("records")
    assert vehicle["stock"] is None and vehicle["location"] == FORD


def test_empty_cells_are_missing_never_empty_text() -> None:
    optional = ["stock", "trim", "ext_color", "status", "price", "body_style", "fuel_type", "msrp", "date_in_stock"]
    scrape = load(file(car(0, **dict.fromkeys([*optional, "vehicle_url", "country"], "  "))))
    [vehicle], [raw] = scrape.vehicles.to_dict("records"), scrape.raw.to_dict("records")
    for column in ("stock", "trim", "ext_color", "status", "body_style", "fuel_type", "date_in_stock", "vehicle_url"):
        assert vehicle[column] is None and raw[column] is None, column
    assert raw["country"] is None and raw["price_text"] is None
    assert math.isnan(vehicle["price"]) and math.isnan(vehicle["msrp"])
    assert vehicle["flags"] == []


def test_the_scrapers_layout_gives_the_same_car() -> None:
    scrape = load(file(car(0, type="certified"), header=SCRAPER))
    [vehicle] = scrape.vehicles.to_dict("records")
    assert (vehicle["vehicle_condition"], vehicle["on_lot_status"], vehicle["status"]) == ("cpo", "onlot", None)
    assert (vehicle["vin"], vehicle["stock"], vehicle["ext_color"]) == (VINS[0], "T00000", "Oxford White")


@pytest.mark.parametrize(
    ("cells", "condition", "lot"),
    [
        ({"type": "New", "status": "In-Transit"}, "new", "offlot"),
        ({"type": "New", "status": ""}, "new", "unknown"),
        ({"type": "Certified Pre-Owned", "status": ""}, "cpo", "onlot"),
        ({"type": "CarBravo", "status": "ON THE LOT"}, "cpo", "onlot"),
        ({"type": "Demo", "status": "In Stock", "stock": "TBD"}, "new", "offlot"),
    ],
)
def test_condition_and_lot_come_from_type_status_and_stock(cells: dict[str, str], condition: str, lot: str) -> None:
    vehicle = one(**cells)
    assert (vehicle["vehicle_condition"], vehicle["on_lot_status"]) == (condition, lot)


@pytest.mark.parametrize(
    ("cells", "flag"),
    [
        ({"price": "0"}, "price_zero"),
        ({"price": "-1000"}, "price_zero"),
        ({"price": "754880"}, "price_over_500k"),
        ({"price": "Please Call"}, "price_text"),
        ({"price": "45.000"}, "price_unreadable"),
        ({"msrp": "0"}, "msrp_zero"),
        ({"msrp": "754880"}, "msrp_over_500k"),
        ({"msrp": "Ask us"}, "msrp_text"),
        ({"msrp": "soon"}, "msrp_unreadable"),
        ({"date_in_stock": "25/12/2024"}, "date_unreadable"),
        ({"status": "Sold"}, "unknown_status"),
        ({"fuel_type": 'a:1:{s:4:"code";s:1:"G";}'}, "fuel_junk"),
        ({"vehicle_url": "/inventory/1"}, "url_unusable"),
        ({"make": ""}, "make_missing"),
        ({"model": "<br>"}, "model_missing"),
    ],
)
def test_what_looks_wrong_is_flagged_and_loaded(cells: dict[str, str], flag: str) -> None:
    assert flags(**cells) == [flag]
    assert flag in FLAGS


def test_flags_are_put_to_their_own_rows() -> None:
    scrape = load(file(car(0, price="0", status="Sold"), car(1), car(2, price="0")))
    assert scrape.vehicles["flags"].tolist() == [["price_zero", "unknown_status"], [], ["price_zero"]]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "www.example.com", "https://", "https://x y", "file:///c:/x", "N/A"]
)
def test_no_qr_code_can_be_made_of_something_that_is_no_web_address(url: str) -> None:
    scrape = load(file(car(0, vehicle_url=url)))
    assert scrape.vehicles["vehicle_url"].tolist() == [None]
    assert scrape.raw["vehicle_url"].tolist() == [url]


def test_make_and_model_are_never_missing_in_a_stored_car() -> None:
    vehicle = one(make="", model="")
    assert vehicle["make"] == "" and vehicle["model"] == ""
    raw = load(file(car(0, make="", model=""))).raw
    assert raw["make"].tolist() == [None] and raw["model"].tolist() == [None]


def test_makes_are_written_one_way_in_cars_and_as_found_in_the_audit_trail() -> None:
    scrape = load(file(car(0, make="FORD"), car(1, make="Ford Truck")))
    assert scrape.vehicles["make"].tolist() == ["Ford", "Ford"]
    assert scrape.raw["make"].tolist() == ["FORD", "Ford Truck"]


def test_vin_warnings_never_keep_a_car_out() -> None:
    assert one(vin="1FTEW1EP1KFA0000A", year="2018", make="Kia")["vin_warnings"] == [
        "check_digit",
        "model_year",
        "make_mismatch",
        "serial_letters",
    ]


def test_of_two_rows_of_one_car_the_last_wins_and_the_first_is_kept_for_the_record() -> None:
    scrape = load(file(car(0, price="100"), car(1), car(0, price="200")))
    assert scrape.raw[["line_no", "is_duplicate"]].to_numpy().tolist() == [[2, True], [3, False], [4, False]]
    assert scrape.vehicles.set_index("vin")["price"].to_dict() == {VINS[1]: 31985.0, VINS[0]: 200.0}
    assert scrape.counts.to_dict("records") == [
        {"location": FORD, "total": 3, "imported": 2, "rejected": 0, "duplicate": 1}
    ]


def test_two_spellings_of_one_dealership_are_one_place() -> None:
    scrape = load(file(car(0, location=FORD), car(0, location="Suntrup Ford Westport")))
    assert len(scrape.vehicles) == 1 and scrape.raw["is_duplicate"].sum() == 1


def test_one_car_at_two_dealerships_is_two_rows() -> None:
    scrape = load(file(car(0), car(0, location=KIA)))
    assert scrape.vehicles["location"].tolist() == [FORD, KIA]


def test_a_rejected_row_does_not_replace_a_sound_one_of_the_same_car() -> None:
    scrape = load(file(car(0), car(0, year="1900")))
    assert len(scrape.vehicles) == 1 and len(scrape.rejects) == 1 and not scrape.raw["is_duplicate"].any()


def test_counts_name_each_dealership_each_unknown_location_and_rows_without_one() -> None:
    header, *rows = lines(
        car(0), car(0), car(1, vin="x"), car(2, location=KIA), car(3, location="Nowhere"), car(4, location=IGNORED)
    )
    scrape = load(as_bytes([header, *rows, "torn,row"]))
    assert scrape.counts.set_index("location").to_dict("index") == {
        FORD: {"total": 3, "imported": 1, "rejected": 1, "duplicate": 1},
        KIA: {"total": 1, "imported": 1, "rejected": 0, "duplicate": 0},
        "Nowhere": {"total": 1, "imported": 0, "rejected": 1, "duplicate": 0},
        IGNORED: {"total": 1, "imported": 0, "rejected": 1, "duplicate": 0},
        "(no location)": {"total": 1, "imported": 0, "rejected": 1, "duplicate": 0},
    }


def test_rejects_of_reading_and_of_normalising_are_one_list_by_line() -> None:
    header, *rows = lines(car(0, vin="x"), car(1), car(2, vin="y"))
    scrape = load(as_bytes([header, rows[0], "torn", rows[1], rows[2]]))
    assert list(scrape.rejects.columns) == list(REJECT_COLUMNS)
    assert scrape.rejects[["line_no", "code"]].to_numpy().tolist() == [
        [2, "vin_format"],
        [3, "field_count"],
        [5, "vin_format"],
    ]


@pytest.mark.parametrize(
    "data",
    [file(car(0, vin="x"), car(1, location="Nowhere")), as_bytes([lines()[0], "torn", "rows"]), file(car(0))],
    ids=["every row rejected", "every row torn", "no row rejected"],
)
def test_frames_have_the_same_columns_and_types_when_they_are_empty(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pandas warns where an empty frame would change the types of another
        scrape, usual = load(data), load(file(car(0), car(1, vin="x")))
    pd.testing.assert_series_equal(scrape.raw.dtypes, usual.raw.dtypes)
    pd.testing.assert_series_equal(scrape.vehicles.dtypes, usual.vehicles.dtypes)
    pd.testing.assert_series_equal(scrape.rejects.dtypes, usual.rejects.dtypes)
    pd.testing.assert_series_equal(scrape.counts.dtypes, usual.counts.dtypes)


CELL = st.one_of(
    st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=10),
    st.sampled_from(
        [*VINS, FORD, KIA, IGNORED, "New", "Used", "2019", "0", "-1", "Call", "03/13/2025", "<b>", "&amp;"]
    ),
)


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(RAW_FIELDS, CELL)), min_size=1, max_size=6))
def test_no_cell_whatever_is_lost_or_breaks_a_promise_to_the_database(cells: list[Car]) -> None:
    scrape = load(file(car(0), *(car(1) | row for row in cells)))
    assert (
        not scrape.vehicles[["vin", "vehicle_condition", "on_lot_status", "year", "make", "model", "location"]]
        .isna()
        .any(axis=None)
    )
    assert scrape.vehicles["vin"].str.fullmatch("[A-HJ-NPR-Z0-9]{17}").all()
    assert set(scrape.vehicles["vehicle_condition"]) <= {"new", "po", "cpo"}
    assert set(scrape.vehicles["on_lot_status"]) <= {"onlot", "offlot", "unknown"}
    assert scrape.vehicles["year"].between(1980, 2027).all()
    prices = scrape.vehicles[["price", "msrp"]].stack()
    assert prices.between(0.01, 99_999_999.99).all()
    assert {flag for found in scrape.vehicles["flags"] for flag in found} <= set(FLAGS)
    for column in TEXT_COLUMNS:
        assert all(value is None or isinstance(value, str) for value in scrape.vehicles[column]), column


def test_the_same_file_gives_the_same_result_twice() -> None:
    data = file(car(0, price="0"), car(1, vin="x"), car(2), car(2))
    first, second = load(data), load(data)
    for frame in ("raw", "vehicles", "rejects", "counts"):
        pd.testing.assert_frame_equal(getattr(first, frame), getattr(second, frame))
