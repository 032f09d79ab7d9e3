from __future__ import annotations

import csv
import io

import pytest

from ops_platform.vehicles.google_feed import GoogleFeed, google_feed_csv
from ops_platform.vehicles.vin import check_digit
from ops_platform_tests.vehicles.stored_cars import GOOD_CAR, stored_cars

_SAMPLE = GOOD_CAR["vin"]
VIN = _SAMPLE[:8] + check_digit(_SAMPLE) + _SAMPLE[9:]


def feed(*cars: dict[str, object]) -> GoogleFeed:
    return google_feed_csv(
        stored_cars(*({"vin": VIN, **car} for car in cars)),
        store_code="bmw_west_stl",
        dealership_name="BMW of West St. Louis",
        dealership_address="1 Example Road, Manchester, MO 63011, US",
    )


def test_a_new_car_has_every_required_attribute_in_the_feeds_own_form() -> None:
    made = feed({})
    (row,) = csv.DictReader(io.StringIO(made.content.decode(), newline=""))
    assert row == {
        "vin": VIN,
        "id": "STK001",
        "store_code": "bmw_west_stl",
        "dealership_name": "BMW of West St. Louis",
        "dealership_address": "1 Example Road, Manchester, MO 63011, US",
        "link": "https://example.test/x5?a=1,2",
        "date_in_stock": "2025-02-01",
        "price": "65000 USD",
        "vehicle_msrp": "68000 USD",
        "condition": "new",
        "make": "BMW",
        "model": "X5",
        "trim": "xDrive40i",
        "year": "2023",
    }
    assert (made.rows, made.omitted) == (1, ())


@pytest.mark.parametrize(
    ("car", "reason"),
    [
        ({"price": None}, "no price"),
        ({"model": None, "year": None}, "no model, no year"),
        ({"make": "", "model": ""}, "no make, no model"),  # as normalize stores what a scrape left empty
        ({"vehicle_condition": "po"}, "mileage"),
        ({"vehicle_condition": "cpo"}, "mileage"),
        ({"vin": _SAMPLE}, "check digit"),
    ],
)
def test_a_car_the_feed_would_refuse_is_left_out_with_the_reason(car: dict[str, object], reason: str) -> None:
    made = feed(car)
    assert made.rows == 0
    assert reason in made.omitted[0].reason
    assert made.omitted[0].vin == car.get("vin", VIN)


def test_an_msrp_that_is_missing_is_an_empty_cell() -> None:
    (row,) = csv.DictReader(io.StringIO(feed({"msrp": None}).content.decode(), newline=""))
    assert row["vehicle_msrp"] == ""


def test_a_dealership_without_cars_has_a_feed_with_a_header() -> None:
    made = feed()
    assert made.rows == 0
    assert made.content.startswith(b"vin,id,store_code,")
