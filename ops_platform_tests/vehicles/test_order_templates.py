from __future__ import annotations

import csv
import io
from pathlib import Path, PureWindowsPath
from typing import get_args

import pytest

from ops_platform.vehicles.order_templates import TEMPLATES, price_text, template_csv
from ops_platform.vehicles.output_rules import IllustratorRules, OutputRules, TemplateName
from ops_platform_tests.vehicles.stored_cars import stored_cars

QR = "C:\\qr_codes\\joe_machens_cdjr\\"
JEEP = {
    "vin": "ZACNJDB19NPN00001",
    "stock": "NPN00001",
    "vehicle_condition": "po",
    "year": 2022,
    "make": "Jeep",
    "model": "Renegade",
    "trim": "Latitude",
}


def filled(template: TemplateName, car: dict[str, object], rules: OutputRules | None = None) -> dict[str, str]:
    frame = stored_cars({**JEEP, **car})
    made = template_csv(template, frame, rules or OutputRules(), QR, set(frame["vin"]))
    (row,) = csv.DictReader(io.StringIO(made.content.decode(), newline=""))
    return row


def test_every_template_of_the_closed_list_exists() -> None:
    assert set(TEMPLATES) == set(get_args(TemplateName))


def test_the_shortcut_pack_has_the_operators_variables_and_values() -> None:
    picture = f"{QR}ZACNJDB19NPN00001.png"
    assert filled("shortcut_pack", {}) == {
        "YEARMAKE": "2022 JEEP",
        "MODEL": "RENEGADE",
        "TRIM": "LATITUDE",
        "STOCK": "2022 RENEGADE - NPN00001",
        "VIN": "USED - ZACNJDB19NPN00001",
        "@QR": picture,
        "QRYEARMODEL": "2022 RENEGADE - NPN00001",
        "QRSTOCK": "USED - ZACNJDB19NPN00001",
        "@QR2": picture,
        "MISC": "2022 RENEGADE - NPN00001 - USED - ZACNJDB19NPN00001",
    }


def test_the_shortcut_has_three_variables() -> None:
    assert filled("shortcut", {"vehicle_condition": "new"}) == {
        "QRYEARMODEL": "2022 RENEGADE - NPN00001",
        "QRSTOCK": "NEW - ZACNJDB19NPN00001",
        "@QR2": f"{QR}ZACNJDB19NPN00001.png",
    }


def test_the_flyout_shows_the_price() -> None:
    row = filled("flyout", {"price": 65000.0})
    assert list(row) == ["QRYEARMODEL", "QRPRICE", "@QR2"]
    assert row["QRPRICE"] == "$65,000"


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (65000.0, "$65,000"),
        (754880.5, "$754,880.50"),
        (999.0, "$999"),
        (None, "Call for price"),
        (float("nan"), "Call for price"),
    ],
)
def test_a_price_is_printed_as_people_write_it(price: float | None, text: str) -> None:
    assert price_text(price) == text


@pytest.mark.parametrize(("condition", "word"), [("new", "NEW"), ("po", "USED"), ("cpo", "CERTIFIED")])
def test_the_condition_is_one_word_before_the_vin(condition: str, word: str) -> None:
    assert filled("shortcut", {"vehicle_condition": condition})["QRSTOCK"] == f"{word} - ZACNJDB19NPN00001"


def test_missing_parts_leave_no_dangling_dash() -> None:
    row = filled("shortcut_pack", {"stock": None, "year": None, "make": None, "trim": None})
    assert row["YEARMAKE"] == ""
    assert row["TRIM"] == ""
    assert row["STOCK"] == "RENEGADE"
    assert row["MISC"] == "RENEGADE - USED - ZACNJDB19NPN00001"


def test_cars_follow_the_order_of_the_export_and_those_without_a_picture_are_listed() -> None:
    frame = stored_cars({"vin": "A", "year": 2024}, {"vin": "B", "year": 2020}, {"vin": "C", "year": 2019})
    made = template_csv("shortcut", frame, OutputRules(sort_by=("year",)), QR, {"A", "B"})
    assert [line.split(",")[1] for line in made.content.decode().splitlines()[1:]] == ["NEW - B", "NEW - A"]
    assert [car.vin for car in made.missing] == ["C"]


def test_the_encoding_options_of_the_illustrator_file_hold_for_templates() -> None:
    rules = OutputRules(illustrator=IllustratorRules(ascii_fold=True, bom=True))
    frame = stored_cars({"trim": "Limitée"})
    made = template_csv("shortcut_pack", frame, rules, QR, set(frame["vin"]))
    assert made.content.startswith(b"\xef\xbb\xbfYEARMAKE")
    assert b"LIMITEE" in made.content


@pytest.mark.realdata
@pytest.mark.parametrize("template", ["shortcut", "shortcut_pack"])
def test_the_operators_own_files_come_out_of_their_cars(template: TemplateName, real_vehicles: Path) -> None:
    text = (real_vehicles / f"{template}_example.csv").read_text(encoding="utf-8")
    (expected,) = csv.DictReader(io.StringIO(text, newline=""))
    word, vin = expected["QRSTOCK"].split(" - ")
    year_model, stock = expected["QRYEARMODEL"].split(" - ")
    year, model = year_model.split(" ", 1)
    frame = stored_cars(
        {
            "vin": vin,
            "stock": stock,
            "vehicle_condition": {"NEW": "new", "USED": "po", "CERTIFIED": "cpo"}[word],
            "year": int(year),
            "make": expected.get("YEARMAKE", "x y").split(" ", 1)[1].title(),
            "model": model.title(),
            "trim": expected.get("TRIM", "").title(),
        }
    )
    folder = str(PureWindowsPath(expected["@QR2"]).parent)
    made = template_csv(template, frame, OutputRules(), folder, {vin})
    (row,) = csv.DictReader(io.StringIO(made.content.decode(), newline=""))
    # The operator's pictures are numbered; the platform's are named after the VIN.
    for picture in [name for name in expected if name.startswith("@")]:
        assert row[picture] == f"{folder}\\{vin}.png"
        expected[picture] = row[picture]
    assert list(row.items()) == list(expected.items())
