"""Every kind of malformed file that was thought of, with what must become of it.

Either the whole file is refused, with the line (and column) and what to do; or the bad rows are rejected with
their codes and lines, and every other row is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.layouts import ScrapeFileError, read_scrape
from ops_platform_tests.vehicles.scrape_files import (
    COMPLETE_DATA,
    FORD,
    IGNORED,
    SCRAPER,
    VINS,
    as_bytes,
    car,
    file,
    lines,
    load,
)

HEADER, FIRST, SECOND, THIRD = lines(car(0), car(1), car(2))
QUOTED = ['"' + one.replace(",", '","') + '"' for one in (HEADER, FIRST, SECOND, THIRD)]


def without(field: str, layout: dict[str, str] = COMPLETE_DATA) -> dict[str, str]:
    return {name: title for name, title in layout.items() if name != field}


def renamed(field: str, title: str, layout: dict[str, str] = COMPLETE_DATA) -> dict[str, str]:
    return layout | {field: title}


@dataclass(frozen=True)
class Refused:
    """The whole file is refused; the message holds `says`."""

    says: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Loaded:
    """Rejected rows as line -> code; the VINs that are loaded, by their number in VINS; how many duplicates."""

    rejects: dict[int, str]
    cars: tuple[int, ...] = (0, 2)
    duplicates: int = 0


def second_row(**cells: str) -> bytes:
    """Three rows, the second one (line 3) with other cells."""
    return file(car(0), car(1, **cells), car(2))


REFUSED: dict[str, tuple[bytes, Refused]] = {
    "an empty file": (b"", Refused("is empty")),
    "only a byte order mark": (b"\xef\xbb\xbf", Refused("is empty")),
    "only line ends": (b"\n\r\n\n", Refused("is empty")),
    "only blanks": (b"   \n \t \n", Refused("is empty")),
    "a header and no row": (as_bytes([HEADER]), Refused("no row under it", line=1)),
    "a header and blank lines": (as_bytes([HEADER, "", "  "]), Refused("no row under it", line=1)),
    "a metadata line and a header": (as_bytes([",,2025-07-08", HEADER]), Refused("no row under it", line=2)),
    "a metadata line only": (as_bytes([",,,,2025-07-08,10:41:10"]), Refused("no header", line=1)),
    "two lines before the header": (as_bytes(["export", "of today", HEADER, FIRST]), Refused("no header", line=1)),
    "rows without a header": (as_bytes([FIRST, SECOND]), Refused("no header", line=1)),
    "a header of one column": (b"Vin\n1FTEW1EP0KFA00001\n", Refused("no header", line=1)),
    "semicolons": (as_bytes([HEADER.replace(",", ";")]), Refused("semicolons", line=1)),
    "tabs": (as_bytes([HEADER.replace(",", "\t")]), Refused("tabs", line=1)),
    "bars": (as_bytes([HEADER.replace(",", "|")]), Refused("bars", line=1)),
    "an Excel workbook": (b"PK\x03\x04" + b"\x14\x00\x06\x00" * 50, Refused("Excel workbook", line=1)),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, Refused("old Excel", line=1)),
    "a PDF": (b"%PDF-1.7\n", Refused("a PDF", line=1)),
    "a gzip archive": (b"\x1f\x8b\x08\x00\x00", Refused("gzip", line=1)),
    "a picture": (b"\x89PNG\r\n\x1a\n", Refused("an image", line=1)),
    "a web page": (b"<!DOCTYPE html>\n<html>Access denied</html>", Refused("a web page", line=1)),
    "JSON": (b'{"error": "quota"}', Refused("JSON", line=1)),
    "a JSON list": (b'[{"vin": "1", "stock": "2"}]', Refused("no header", line=1)),
    "bytes that are no text": (bytes(range(1, 32)) * 9, Refused("no header")),
    "NUL bytes in a row": (as_bytes([HEADER, FIRST, SECOND[:5] + "\0" + SECOND[5:]]), Refused("NUL", 3, 6)),
    "NUL bytes in the header": (as_bytes(["V\0in" + HEADER[3:], FIRST]), Refused("NUL", 1, 2)),
    "UTF-16 cut in the middle of a character": (
        "\n".join([HEADER, FIRST]).encode("utf-16")[:-1],
        Refused("no utf-16", line=2),
    ),
    "half of a UTF-16 pair": (
        b"\xff\xfe" + f"{HEADER}\n{FIRST}".encode("utf-16-le") + b"\x00\xd8\x41\x00",
        Refused("no utf-16", line=2),
    ),
    "no VIN column": (file(car(), header=without("vin")), Refused('"VIN" is missing', line=1)),
    "a mistyped VIN column": (file(car(), header=renamed("vin", "Vln")), Refused('Is "Vln" meant?', line=1)),
    "no Stock column": (file(car(), header=without("stock")), Refused('"Stock" is missing', line=1)),
    "no Type column": (file(car(), header=without("type")), Refused('"Type" is missing', line=1)),
    "no Status column": (file(car(), header=without("status")), Refused('"Status" is missing', line=1)),
    "no Price column": (file(car(), header=without("price")), Refused('"Price" is missing', line=1)),
    "no Location column": (file(car(), header=without("location")), Refused('"Location" is missing', line=1)),
    "no URL column": (file(car(), header=without("vehicle_url")), Refused('"Vehicle URL" is missing', line=1)),
    "the scraper's layout without its dealer": (
        file(car(), header=without("location", SCRAPER)),
        Refused('"Location" is missing', line=1),
    ),
    "a column twice": (file(car(), header=renamed("trim", "VIN")), Refused("twice (columns 1 and 7)", 1, 7)),
    "a column twice in other capitals": (file(car(), header=renamed("msrp", "PRICE")), Refused("twice", 1, 13)),
    "a header with an open quote": (as_bytes(['"' + HEADER, FIRST]), Refused("never closed", line=1)),
    "an open quote inside the header": (
        as_bytes([HEADER.replace("Make", '"Make'), FIRST]),
        Refused("in the header a quotation mark", line=1),
    ),
    "a header cut off": (as_bytes([HEADER[:60]]), Refused("is missing", line=1)),
    "the header again among the rows": (
        as_bytes([HEADER, FIRST, HEADER, SECOND]),
        Refused("a second header; the first is in line 1", line=3),
    ),
    "the header again in another order": (
        as_bytes([HEADER, FIRST, ",".join(reversed(HEADER.split(","))), SECOND]),
        Refused("a second header", line=3),
    ),
    "a file of the other layout joined below": (
        as_bytes([HEADER, FIRST, *lines(car(1), header=SCRAPER)]),
        Refused("a second header", line=3),
    ),
}

LOADED: dict[str, tuple[bytes, Loaded]] = {
    "a cell too few": (as_bytes([HEADER, FIRST, SECOND.partition(",")[2], THIRD]), Loaded({3: "field_count"})),
    "a cell too many": (as_bytes([HEADER, FIRST, f"{SECOND},x", THIRD]), Loaded({3: "field_count"})),
    "a comma without quotes": (
        as_bytes([HEADER, FIRST, SECOND.replace("XLT", "XLT, Crew"), THIRD]),
        Loaded({3: "field_count"}),
    ),
    "the last row cut off": (as_bytes([HEADER, FIRST, SECOND[:40]]), Loaded({3: "field_count"}, cars=(0,))),
    "every row too short": (as_bytes([HEADER, "a,b", "c,d"]), Loaded({2: "field_count", 3: "field_count"}, cars=())),
    "a quote never closed in the first cell": (
        as_bytes([HEADER, FIRST, '"' + SECOND, THIRD]),
        Loaded({3: "field_count"}),
    ),
    "a quote never closed, all cells quoted": (
        as_bytes([*QUOTED[:2], QUOTED[2].replace('"XLT"', '"XLT'), QUOTED[3]]),
        Loaded({3: "field_count"}),
    ),
    "a quote never closed in the last cell": (
        as_bytes([*QUOTED[:2], QUOTED[2][:-1], QUOTED[3]]),
        Loaded({3: "field_count"}),
    ),
    "a quote never closed before plain rows": (
        as_bytes([HEADER, FIRST, SECOND.replace("https", '"https'), THIRD]),
        Loaded({3: "field_count"}),
    ),
    "a quote never closed in the last row": (
        as_bytes([HEADER, FIRST, SECOND.replace("https", '"https')]),
        Loaded({3: "field_count"}, cars=(0,)),
    ),
    "a quote never closed before hundreds of rows": (
        as_bytes([HEADER, '"' + SECOND, *[FIRST] * 300, THIRD]),
        Loaded({2: "field_count"}, duplicates=299),
    ),
    "two quotes never closed, one after the other": (
        as_bytes([HEADER, FIRST, '"' + SECOND, '"' + SECOND, THIRD]),
        Loaded({3: "field_count", 4: "field_count"}),
    ),
    "a cell larger than any real one": (
        as_bytes([HEADER, FIRST, SECOND.replace("XLT", "x" * 200_000), THIRD]),
        Loaded({3: "field_count"}),
    ),
    "a line feed without quotes": (
        as_bytes([HEADER, FIRST, SECOND.replace("XLT", "XL\nT"), THIRD]),
        Loaded({3: "field_count", 4: "field_count"}),
    ),
    "a carriage return without quotes": (
        as_bytes([HEADER, FIRST, SECOND.replace("XLT", "XL\rT"), THIRD]),
        Loaded({3: "field_count", 4: "field_count"}),
    ),
    "a line that is no row": (as_bytes([HEADER, FIRST, "-- 3 vehicles --", THIRD]), Loaded({3: "field_count"})),
    "a row of commas": (as_bytes([HEADER, FIRST, "," * 20, THIRD]), Loaded({3: "missing_location"})),
    "a row shifted by one cell": (
        as_bytes([HEADER, FIRST, "," + SECOND.rpartition(",")[0], THIRD]),
        Loaded({3: "unknown_location"}),
    ),
    "no VIN": (second_row(vin=""), Loaded({3: "vin_format"})),
    "a VIN of blanks": (second_row(vin=" \u00a0 "), Loaded({3: "vin_format"})),
    "a VIN of 16 characters": (second_row(vin=VINS[1][:-1]), Loaded({3: "vin_format"})),
    "a VIN of 18 characters": (second_row(vin=VINS[1] + "1"), Loaded({3: "vin_format"})),
    "a VIN with the letter I": (second_row(vin="5TDABAB60SS00I250"), Loaded({3: "vin_format"})),
    "a VIN with the letter O": (second_row(vin="5TDABAB60SS00O250"), Loaded({3: "vin_format"})),
    "a VIN with the letter Q": (second_row(vin="5TDABAB60SS00Q250"), Loaded({3: "vin_format"})),
    "a VIN with a dash": (second_row(vin="1FTEW1EP-KFA00002"), Loaded({3: "vin_format"})),
    "a VIN with a Cyrillic letter": (second_row(vin=VINS[1].replace("A", "\u0410")), Loaded({3: "vin_format"})),
    "a VIN that a spreadsheet made a number": (second_row(vin="1.23457E+16"), Loaded({3: "vin_format"})),
    "a VIN that is a script": (second_row(vin="<script>alert(1)</script>"), Loaded({3: "vin_format"})),
    "a VIN that is a path": (second_row(vin="../../etc/passwd1"), Loaded({3: "vin_format"})),
    "a huge VIN": (second_row(vin="1" * 100_000), Loaded({3: "vin_format"})),
    "no location": (second_row(location=""), Loaded({3: "missing_location"})),
    "a location of tags": (second_row(location="<br/>"), Loaded({3: "missing_location"})),
    "an unknown location": (second_row(location="Suntrup Ford Westprt"), Loaded({3: "unknown_location"})),
    "a location of signs": (second_row(location="***"), Loaded({3: "unknown_location"})),
    "the location of no client": (second_row(location=IGNORED.upper()), Loaded({3: "ignored_location"})),
    "no year": (second_row(year=""), Loaded({3: "year_range"})),
    "a year of words": (second_row(year="Twenty"), Loaded({3: "year_range"})),
    "a year of two digits": (second_row(year="19"), Loaded({3: "year_range"})),
    "a year before 1980": (second_row(year="1979"), Loaded({3: "year_range"})),
    "a year three years ahead": (second_row(year="2028"), Loaded({3: "year_range"})),
    "a negative year": (second_row(year="-2019"), Loaded({3: "year_range"})),
    "half a year": (second_row(year="2019.5"), Loaded({3: "year_range"})),
    "no type": (second_row(type=""), Loaded({3: "unknown_type"})),
    "an unknown type": (second_row(type="Wholesale"), Loaded({3: "unknown_type"})),
    "the same car twice": (file(car(0), car(1), car(1), car(2)), Loaded({}, cars=(0, 1, 2), duplicates=1)),
    "several faults, each in a row of its own": (
        file(car(0, year="x"), car(1, vin="x"), car(2, type="x"), car(3, location="x"), car(4)),
        Loaded({2: "year_range", 3: "vin_format", 4: "unknown_type", 5: "unknown_location"}, cars=(4,)),
    ),
}

FORGIVEN: dict[str, bytes] = {
    "a comma after every row": as_bytes([f"{one}," for one in (HEADER, FIRST, SECOND, THIRD)]),
    "commas after one row": as_bytes([HEADER, FIRST, f"{SECOND},, ,", THIRD]),
    "no line end at the end": as_bytes([HEADER, FIRST, SECOND, THIRD])[:-1],
    "blank lines between the rows": as_bytes([HEADER, "", FIRST, " ", SECOND, "\t", THIRD, "", ""]),
    "three kinds of line ends": f"{HEADER}\r\n{FIRST}\n{SECOND}\r{THIRD}\r\n".encode(),
    "a blank after every comma": as_bytes([one.replace(",", ", ") for one in (HEADER, FIRST, SECOND, THIRD)]),
    "quotes after a blank": as_bytes([one.replace('","', '", "') for one in QUOTED]),
    "a stray quote": second_row(trim='145" bed'),
    "an open quote in a quoted cell": as_bytes([*QUOTED[:2], QUOTED[2].replace("XLT", 'X"LT'), QUOTED[3]]),
    "a Windows byte in one row": second_row(trim="X\u00ae").replace("\u00ae".encode(), b"\xae"),
    "a byte of no encoding": second_row(trim="X\u00ae").replace("\u00ae".encode(), b"\x81"),
    "a formula": second_row(trim="=cmd|' /C calc'!A0", model="@SUM(A1)"),
    "a statement of SQL": second_row(trim="'; DROP TABLE vehicles; --", stock="Robert'); --"),
    "a script in the colour": second_row(ext_color="<script>alert(1)</script>White"),
    "control characters": second_row(vin=f"{VINS[1]}\x08", trim="XL\x1bT"),
    "invisible characters": second_row(vin=f"\ufeff{VINS[1]}\u200b", location=f"\u200b{FORD}"),
    "a VIN in small letters with blanks": second_row(vin=f" {VINS[1][:8].lower()} {VINS[1][8:].lower()}\u00a0"),
    "a price no column could hold": second_row(price="9" * 400, msrp="1e400"),
    "a date that does not exist": second_row(date_in_stock="02/30/2025"),
    "a year as a spreadsheet writes it": second_row(year="2019.0"),
    "everything else empty": second_row(**dict.fromkeys(
        ["stock", "make", "model", "trim", "ext_color", "status", "price", "msrp", "date_in_stock", "vehicle_url"], ""
    )),
    "NULL in every cell that may be": second_row(**dict.fromkeys(
        ["stock", "trim", "ext_color", "status", "price", "msrp", "date_in_stock", "vehicle_url", "fuel_type"], "NULL"
    )),
}  # fmt: skip


def test_there_are_more_than_sixty_kinds() -> None:
    assert len(REFUSED) + len(LOADED) + len(FORGIVEN) >= 60


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_be_trusted_is_refused_whole(kind: str) -> None:
    data, expected = REFUSED[kind]
    with pytest.raises(ScrapeFileError) as error:
        load(data)
    message = str(error.value)
    assert message.startswith("complete_data.csv") and message.endswith("Nothing of this file was loaded.")
    assert expected.says in message
    if expected.line is not None:
        assert error.value.line == expected.line and f"line {expected.line}" in message
    if expected.column is not None:
        assert error.value.column == expected.column and f"column {expected.column}" in message


@pytest.mark.parametrize("kind", LOADED)
def test_bad_rows_are_rejected_by_line_and_code_and_the_others_loaded(kind: str) -> None:
    data, expected = LOADED[kind]
    scrape = load(data)
    assert dict(zip(scrape.rejects["line_no"], scrape.rejects["code"], strict=True)) == expected.rejects
    assert sorted(scrape.vehicles["vin"]) == sorted(VINS[number] for number in expected.cars)
    assert scrape.raw["is_duplicate"].sum() == expected.duplicates
    assert all(len(detail) > 20 and detail.endswith((".", "?")) for detail in scrape.rejects["detail"])
    assert all(
        any(raw.values()) or code == "missing_location" for raw, code in scrape.rejects[["raw", "code"]].to_numpy()
    )


@pytest.mark.parametrize("kind", FORGIVEN)
def test_what_can_be_understood_is_loaded_whole(kind: str) -> None:
    scrape = load(FORGIVEN[kind])
    assert scrape.rejects.empty, scrape.rejects["detail"].tolist()
    assert scrape.vehicles["vin"].tolist() == list(VINS[:3])
    assert set(scrape.vehicles["location"]) == {FORD}


@settings(max_examples=80)
@given(st.binary(max_size=400))
def test_no_bytes_whatever_end_in_anything_but_rows_or_a_clear_refusal(data: bytes) -> None:
    try:
        table = read_scrape(data, "x.csv")
    except ScrapeFileError as error:
        assert str(error).startswith("x.csv")
    else:
        assert table.rows_read > 0


@settings(max_examples=80)
@given(st.data())
def test_damage_in_one_row_never_costs_another(data: st.DataObject) -> None:
    whole = as_bytes(QUOTED)
    at = data.draw(st.integers(len(QUOTED[0]) + 1, len(whole) - 1))
    damage = data.draw(st.sampled_from([b"", *(bytes([byte]) for byte in b'",\n\r\xff<&')]))
    damaged = whole[:at] + damage + whole[at + (not damage) :]
    scrape = load(damaged)
    rows_hit = 2 if not damage and whole[at : at + 1] == b"\n" else 1
    assert len(scrape.vehicles) >= 3 - rows_hit


@settings(max_examples=25)
@given(st.data())
def test_a_file_cut_off_anywhere_keeps_every_row_before_the_cut(data: st.DataObject) -> None:
    whole = as_bytes(QUOTED)
    cut = whole[: data.draw(st.integers(len(QUOTED[0]) + 2, len(whole) - 1))]
    assert len(load(cut).vehicles) >= cut.count(b"\n") - 1
