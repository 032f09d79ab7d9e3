from __future__ import annotations

import codecs
import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.vehicles.illustrator import (
    MAX_ROWS,
    MissingPicture,
    illustrator_csv,
    illustrator_file,
    indesign_csv,
    variable_name,
)
from ops_platform.vehicles.output_rules import FIELD_NAMES, IllustratorRules, OutputRules
from ops_platform_tests.vehicles.stored_cars import GOOD_CAR, stored_cars

QR = "C:\\qr_codes\\citroën\\"
VIN = GOOD_CAR["vin"]
XML_NAME = re.compile(r"(?!(?i:xml))[A-Za-z_][A-Za-z0-9_.-]*")


def header(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").splitlines()[0].split(",")


def test_the_companion_links_the_picture_and_keeps_the_other_columns() -> None:
    made = illustrator_csv(stored_cars({}), OutputRules(format="premium"), "C:\\qr_codes\\bmw\\", {VIN})
    assert made.content.decode() == (
        "vin,stock,year,make,model,trim,price,msrp,condition,@qr_code_path\n"
        f"{VIN},STK001,2023,BMW,X5,xDrive40i,65000,68000,new,C:\\qr_codes\\bmw\\{VIN}.png\n"
    )
    assert (made.rows, made.missing, made.warnings) == (1, (), ())


def test_a_car_without_a_picture_is_left_out_and_listed_with_where_it_should_be() -> None:
    cars = stored_cars({}, {"vin": "1HGCY1F42SA049723", "stock": None})
    made = illustrator_csv(cars, OutputRules(), QR, {VIN})
    assert made.rows == 1
    assert made.missing == (MissingPicture("1HGCY1F42SA049723", "", f"{QR}1HGCY1F42SA049723.png"),)
    assert "1 cars are left out" in made.warnings[0]
    assert b"1HGCY1F42SA049723" not in made.content


def test_no_picture_cell_is_ever_empty() -> None:
    made = illustrator_csv(stored_cars({}, {"vin": "X"}), OutputRules(include_qr=False), QR, {VIN})
    rows = list(csv.DictReader(io.StringIO(made.content.decode())))
    assert [row["@qr_code_path"] for row in rows] == [f"{QR}{VIN}.png"]


def test_the_cars_stand_in_the_order_of_the_export() -> None:
    cars = stored_cars({"vin": "A", "year": 2024}, {"vin": "B", "year": 2020})
    made = illustrator_csv(cars, OutputRules(sort_by=("year",)), QR, {"A", "B"})
    assert [line[0] for line in made.content.decode().splitlines()[1:]] == ["B", "A"]


def test_the_byte_order_mark_is_written_only_when_asked_for() -> None:
    plain = illustrator_csv(stored_cars({}), OutputRules(), QR, {VIN})
    marked = illustrator_csv(stored_cars({}), OutputRules(illustrator=IllustratorRules(bom=True)), QR, {VIN})
    assert marked.content == codecs.BOM_UTF8 + plain.content


def test_folding_to_ascii_spells_the_text_but_never_touches_the_path_of_a_picture() -> None:
    rules = OutputRules(format="premium", illustrator=IllustratorRules(ascii_fold=True))
    cars = stored_cars({"trim": "20” Limitée®, “S”"})
    made = illustrator_csv(cars, rules, QR, {VIN})
    (row,) = csv.DictReader(io.StringIO(made.content.decode()))
    assert row["trim"] == '20" Limitee(R), "S"'
    assert row["@qr_code_path"] == f"{QR}{VIN}.png"


def test_more_records_than_illustrator_takes_are_warned_of() -> None:
    rows = [str(number) for number in range(MAX_ROWS + 1)]
    assert illustrator_file({"A": rows[:-1]}, (), IllustratorRules()).warnings == ()
    (warning,) = illustrator_file({"A": rows}, (), IllustratorRules()).warnings
    assert "5,001" in warning
    assert "5,000" in warning


def test_indesign_gets_ascii_when_it_can_and_marked_utf16_when_it_must() -> None:
    base = "C:\\qr_codes\\bmw\\"
    plain = indesign_csv(stored_cars({}), OutputRules(format="premium"), base, {VIN})
    assert plain.content.isascii()
    accented = indesign_csv(stored_cars({"trim": "Limitée"}), OutputRules(format="premium"), base, {VIN, "gone"})
    assert accented.content.startswith(codecs.BOM_UTF16_BE)
    text = accented.content.decode("utf-16")
    assert "Limitée" in text
    assert text.splitlines()[0].endswith(",@qr_code_path")


def test_indesign_lists_missing_pictures_too() -> None:
    made = indesign_csv(stored_cars({}), OutputRules(), QR, frozenset())
    assert (made.rows, len(made.missing), len(made.warnings)) == (0, 1, 1)


def test_a_cell_never_holds_a_line_break() -> None:
    made = illustrator_csv(stored_cars({"model": "X5\r\nM"}), OutputRules(), QR, {VIN})
    assert len(made.content.decode().splitlines()) == 2


@pytest.mark.parametrize(
    ("column", "name"),
    [("qr_code_path", "qr_code_path"), ("Ext Color", "Ext_Color"), ("2nd", "_2nd"), ("XmlName", "_XmlName"), ("", "_")],
)
def test_a_column_becomes_an_xml_name(column: str, name: str) -> None:
    assert variable_name(column) == name


@given(st.text())
def test_any_column_becomes_an_xml_name(column: str) -> None:
    assert XML_NAME.fullmatch(variable_name(column))


def test_every_field_is_its_own_variable_name() -> None:
    rules = OutputRules.model_validate({"fields": FIELD_NAMES})
    names = header(illustrator_csv(stored_cars({}), rules, QR, {VIN}).content)
    assert names == [*FIELD_NAMES, "@qr_code_path"]
