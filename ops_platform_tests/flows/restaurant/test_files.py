"""Files of orders: every shape that is read, and every kind of malformed file that was thought of."""

from __future__ import annotations

import gzip
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.adapters.database import Database
from ops_platform.flows.restaurant.files import OrderFileError, open_order_file
from ops_platform.flows.restaurant.json_text import JsonText, JsonTextError
from ops_platform.settings import Settings
from ops_platform_tests.flows.restaurant.conftest import bare, content, event, load, rows

ONE, TWO, THREE = (event(number) for number in (110, 111, 112))
LIST = json.dumps([ONE, TWO], indent=1).encode()
LINES = b"".join(json.dumps(one).encode() + b"\n" for one in (ONE, TWO))
NUMBERS = "SELECT petpooja_order_id FROM orders ORDER BY 1"

READABLE: dict[str, tuple[str, bytes]] = {
    "a list": ("x.json", LIST),
    "a list in one line": ("x.json", json.dumps([ONE, TWO]).encode()),
    "a page of the stream": ("x.json", json.dumps({"data": [ONE, TWO], "total": 2}).encode()),
    "a page with its list at the end": ("x.json", json.dumps({"total": 2, "data": [ONE, TWO]}).encode()),
    "a page of PetPooja": (
        "x.json",
        json.dumps({"success": "1", "code": "200", "order_json": [bare(ONE), bare(TWO)]}).encode(),
    ),
    "JSON lines": ("x.jsonl", LINES),
    "JSON lines that are called .json": ("x.json", LINES),
    "JSON lines without a last line end": ("x.ndjson", LINES.rstrip()),
    "JSON lines with blank lines and CRLF": ("x.jsonl", b"\r\n" + LINES.replace(b"\n", b"\r\n\r\n")),
    "JSON lines of pages": ("x.jsonl", b"\n".join(json.dumps({"data": [one]}).encode() for one in (ONE, TWO))),
    "gzipped JSON lines": ("x.jsonl.gz", gzip.compress(LINES)),
    "a gzipped list under any name": ("x", gzip.compress(LIST)),
    "a list with a byte order mark": ("x.json", b"\xef\xbb\xbf" + LIST),
    "lines with a byte order mark": ("x.jsonl", b"\xef\xbb\xbf" + LINES),
    "UTF-16 with a mark": ("x.json", LIST.decode().encode("utf-16")),
    "UTF-16 without a mark": ("x.json", LIST.decode().encode("utf-16-le")),
    "UTF-16 lines, big endian": ("x.jsonl", LINES.decode().encode("utf-16-be")),
    "UTF-32": ("x.json", LIST.decode().encode("utf-32")),
    "blanks around it": ("x.json", b"\n\n  " + LIST + b"\n\n"),
}


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", READABLE)
def test_a_file_of_every_known_shape_is_read(db: Database, shop: Settings, tmp_path: Path, kind: str) -> None:
    report = load(db, shop, write(tmp_path, *READABLE[kind]))
    assert (report.orders_read, report.orders_new) == (2, 2)
    assert rows(db, NUMBERS) == [(110,), (111,)]
    assert rows(db, "SELECT total::text FROM orders") == [("395.00",)] * 2


@pytest.mark.parametrize("data", [ONE, {"data": ONE}, bare(ONE)], ids=["enveloped", "in data", "bare"])
def test_one_order_alone_is_a_file_too(db: Database, shop: Settings, tmp_path: Path, data: Any) -> None:
    assert load(db, shop, write(tmp_path, "x.json", json.dumps(data, indent=2).encode())).orders_new == 1


@pytest.mark.parametrize("data", [b"[]", b'{"data": []}', b'{"success": "1", "order_json": []}'])
def test_a_list_without_an_order_is_loaded_and_says_so(
    db: Database, shop: Settings, tmp_path: Path, data: bytes
) -> None:
    assert load(db, shop, write(tmp_path, "x.json", data)).orders_read == 0


@dataclass(frozen=True)
class Refused:
    """The whole file is refused; the message holds `says`, and the place."""

    says: str
    line: int | None = None
    column: int | None = None


def torn(at: bytes, by: bytes, times: int = 1) -> bytes:
    """The list with something replaced in it."""
    assert at in LIST
    return LIST.replace(at, by, times)


LAST = LIST.count(b"\n") + 1
REFUSED: dict[str, tuple[bytes, Refused]] = {
    "an empty file": (b"", Refused("is empty")),
    "only blanks": (b" \n\t\r\n", Refused("is empty")),
    "only a byte order mark": (b"\xef\xbb\xbf", Refused("is empty")),
    "a file cut off": (LIST[:-40], Refused("cut off")),
    "a file cut off inside a text": (LIST[: LIST.rindex(b"CGST") + 2], Refused("never closed")),
    "a list without its end": (LIST.rstrip(b"]"), Refused("in the middle", LAST)),
    "a comma after the last order": (LIST[:-1] + b",]", Refused("no JSON", LAST)),
    "no comma between orders": (torn(b"},\n {", b"}\n {"), Refused("comma")),
    "no comma between fields": (torn(b'"Delivery",', b'"Delivery"'), Refused("',' delimiter")),
    "no colon": (torn(b'"Order":', b'"Order"'), Refused("':' delimiter")),
    "a comma after the last field": (b'[{"stream_id": 1,}]', Refused("double quotes", 1, 18)),
    "single quotes": (b"[{'stream_id': 1}]", Refused("double quotes", 1, 3)),
    "a name without quotes": (b"[{stream_id: 1}]", Refused("double quotes", 1, 3)),
    "a comment": (b"[ // orders of today\n{}]", Refused("no JSON", 1, 3)),
    "a number with a leading zero": (b'[{"stream_id": 01}]', Refused("delimiter", 1, 17)),
    "a number without its digits": (b'[{"stream_id": -}]', Refused("expecting value", 1, 16)),
    "True of Python": (torn(b'"comment": ""', b'"comment": None'), Refused("expecting value")),
    "a line end inside a text": (torn(b"Deliv", b"Deli\nv"), Refused("inside a text")),
    "a zero byte inside a text": (torn(b"Deliv", b"Deli\0v"), Refused("inside a text")),
    "a zero byte between values": (torn(b'"Order":', b'"Order":\0'), Refused("expecting value")),
    "an escape that is none": (torn(b"Deliv", rb"Deli\xv"), Refused("no escape")),
    "half an escape": (torn(b"Deliv", rb"Deli\u12v"), Refused("no escape")),
    "a byte that is no UTF-8": (torn(b"Test Creamery", b"Caf\xe9"), Refused("Save the file as UTF-8")),
    "UTF-16 cut in the middle of a character": (
        LIST.decode().encode("utf-16")[:-1],
        Refused("Save the file as UTF-8", LAST),
    ),
    "something behind the end": (LIST + b"\n[1]", Refused("behind the end", LAST + 1, 1)),
    "two lists": (LIST + LIST, Refused("behind the end", LAST)),
    "broken lines under the name .json": (LINES[1:], Refused("behind the end", 1)),
    "nested a hundred thousand deep": (b"[" * 100_000, Refused("too deeply", 1)),
    "nested deep inside an order": (b'[{"a": ' + b'{"a":' * 50_000, Refused("too deeply", 1)),
    "a web page": (b"<!DOCTYPE html>\n<html>Please log in</html>", Refused("a web page", 1)),
    "XML": (b'\xef\xbb\xbf<?xml version="1.0"?><orders/>', Refused("a web page or XML", 1)),
    "an Excel workbook": (b"PK\x03\x04" + b"\x14\x00\x06\x00" * 50, Refused("Excel workbook", 1)),
    "an old Excel workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, Refused("old Excel", 1)),
    "a PDF": (b"%PDF-1.7\n", Refused("a PDF", 1)),
    "a picture": (b"\x89PNG\r\n\x1a\n" * 9, Refused("an image", 1)),
    "an SQLite database": (b"SQLite format 3\x00" * 9, Refused("SQLite", 1)),
    "any bytes": (bytes(range(1, 256)), Refused("no JSON", 1)),
    "a table of cells": (b"orderID,total\n110,395.00\n", Refused("no JSON", 1, 1)),
    "a word": (b"null", Refused("there are no orders in it", 1)),
    "a text": (b'"orders"', Refused("there are no orders in it", 1)),
    "a number": (b"12", Refused("there are no orders in it", 1)),
    "an answer with an error": (
        b'{"success": "0", "message": "Invalid access token"}',
        Refused("no list of orders in it; is it an answer with an error? Expected is a list of orders, an object"),
    ),
    "a page whose list is none": (b'{"data": null, "total": 0}', Refused("no list of orders")),
    "a page whose list is a text": (b'{"data": "none"}', Refused("no list of orders")),
    "a page in a page": (b'{"result": {"data": []}}', Refused("no list of orders")),
    "a page cut off": (json.dumps({"data": [ONE]}).encode()[:-1], Refused("in the middle", 1)),
    "a gzip archive cut off": (gzip.compress(LIST)[:-20], Refused("gzip archive is broken")),
    "a gzip archive with a wrong byte": (
        gzip.compress(LIST)[:40] + b"\0\0\0" + gzip.compress(LIST)[43:],
        Refused("gzip"),
    ),
    "gzip in name of its first bytes only": (b"\x1f\x8b\x08", Refused("gzip archive is broken")),
    "a page in a gzip archive": (gzip.compress(b"<html>"), Refused("a web page", 1)),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_no_json_is_refused_with_the_place_and_what_to_do(
    db: Database, shop: Settings, tmp_path: Path, kind: str
) -> None:
    data, refused = REFUSED[kind]
    with pytest.raises(OrderFileError) as caught:
        load(db, shop, write(tmp_path, "orders.json", data))
    said = str(caught.value)
    assert said.startswith("orders.json") and refused.says in said and said.endswith("Nothing of this file was loaded.")
    assert "Test Customer" not in said
    if refused.line is not None:
        assert caught.value.line == refused.line
    if refused.column is not None:
        assert caught.value.column == refused.column
    assert not any(content(db).values())
    [(status, error)] = rows(db, "SELECT status, error FROM order_loads")
    assert status == "failed" and refused.says in error


def test_the_place_in_a_refused_file_is_where_an_editor_finds_it(db: Database, shop: Settings, tmp_path: Path) -> None:
    text = json.dumps([ONE, TWO, THREE], indent=2).replace('"orderID": 112', '"orderID": 11 2')
    with pytest.raises(OrderFileError) as caught:
        load(db, shop, write(tmp_path, "x.json", text.encode("utf-16")))
    line = text.splitlines()[(caught.value.line or 0) - 1]
    assert line[(caught.value.column or 0) - 1 :].startswith("2,")


def test_a_folder_and_a_file_that_is_not_there_are_told(db: Database, shop: Settings, tmp_path: Path) -> None:
    with pytest.raises(OrderFileError, match="this is a folder"):
        load(db, shop, tmp_path)
    with pytest.raises(FileNotFoundError):
        load(db, shop, tmp_path / "gone.json")
    if hasattr(os, "mkfifo"):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = os.open(pipe, os.O_RDWR)
        with pytest.raises(OrderFileError, match="no file that can be read twice"):
            load(db, shop, pipe)
        os.close(writer)


BAD_LINES = {
    "torn": (b'{"stream_id": 1, "aggregate', 1),
    "no JSON": (b"order 17 was lost", 1),
    "two orders in a line": (b'{"a": 1} {"a": 2}', 10),
    "no UTF-8": (b'{"name": "Caf\xe9"}', 14),
    "a zero byte": (b'{"name": "Ca\0fe"}', 13),
    "nested deep": (b"[" * 50_000, 1),
    "a comma too many": (b'{"a": 1,}', 9),
}


@pytest.mark.parametrize("kind", BAD_LINES)
def test_a_bad_line_is_refused_with_its_place_and_the_others_are_loaded(
    db: Database, shop: Settings, tmp_path: Path, kind: str
) -> None:
    bad, column = BAD_LINES[kind]
    path = write(tmp_path, "x.jsonl", LINES + b"  " + bad + b"\n" + json.dumps(THREE).encode())
    report = load(db, shop, path)
    assert (report.orders_read, report.orders_new, report.orders_rejected, report.conserved) == (4, 3, 1, True)
    [reject] = db.frame("SELECT * FROM order_rejects").to_dict("records")
    assert (reject["code"], reject["line_no"], reject["name"]) == ("json_syntax", 3, "x.jsonl")
    if kind != "torn":
        assert reject["detail"].startswith(f"column {column + 2:,}: ")
    assert "load the file again" in reject["detail"]


def test_what_stands_around_a_bad_place_is_shown_without_letters_and_digits(
    db: Database, shop: Settings, tmp_path: Path
) -> None:
    load(db, shop, write(tmp_path, "x.jsonl", LINES + b'{"name": "Asha", "phone" "98765"}\n'))
    [(raw,)] = rows(db, "SELECT raw FROM order_rejects")
    assert raw["shape"].endswith('"xxxx": "xxxx", "xxxxx" "99999"}')


def test_a_line_that_was_mended_is_past_once_the_file_is_loaded_again(
    db: Database, shop: Settings, tmp_path: Path
) -> None:
    broken = b'{"stream_id": 1\n{"stream_id": 2\n'
    load(db, shop, write(tmp_path, "x.jsonl", LINES + broken))
    report = load(db, shop, write(tmp_path, "x.jsonl", LINES + json.dumps(THREE).encode() + b"\n" + broken[16:]))
    assert (report.orders_new, report.orders_duplicate, report.orders_rejected) == (1, 2, 1)
    assert rows(db, "SELECT line_no, resolved_at IS NOT NULL FROM order_rejects ORDER BY 1") == [(3, True), (4, False)]


@pytest.mark.parametrize(
    ("found", "stored"),
    [
        (b"NaN", None),
        (b"Infinity", None),
        (b"1e999999999999999999999", None),
        (b"9" * 5_000, None),
        (b"1e3", "1000.00"),
        (b"395.00000000000001", "395.00"),
        (b'"395.00"', "395.00"),
    ],
)
def test_a_number_no_order_can_have_refuses_its_order_and_not_the_file(
    db: Database, shop: Settings, tmp_path: Path, found: bytes, stored: str | None
) -> None:
    for name, data in (("x.json", LIST), ("x.jsonl", LINES)):
        db.execute("TRUNCATE orders, order_rejects, order_loads CASCADE")
        spoiled = data.replace(b'"total": 395.0', b'"total": ' + found, 1)
        report = load(db, shop, write(tmp_path, name, spoiled))
        assert (report.orders_read, report.orders_rejected) == (2, int(stored is None))
        totals = rows(db, "SELECT total::text FROM orders ORDER BY order_id")
        assert totals == [(text,) for text in (stored, "395.00") if text]


def test_of_a_name_that_stands_twice_the_last_counts(db: Database, shop: Settings, tmp_path: Path) -> None:
    data = LIST.replace(b'"total": 395.0', b'"total": 1.0, "total": 395.0')
    load(db, shop, write(tmp_path, "x.json", data))
    assert rows(db, "SELECT DISTINCT total::text FROM orders") == [("395.00",)]


def test_signs_that_cannot_be_stored_do_not_stop_a_file(db: Database, shop: Settings, tmp_path: Path) -> None:
    data = LIST.replace(b"Old Fashion Vanilla", rb"Old\u0000 \ud800 \ud83c\udf66 Vanilla")
    assert load(db, shop, write(tmp_path, "x.json", data)).orders_new == 2
    [(name,)] = rows(db, "SELECT DISTINCT name_raw FROM order_items")
    assert "\N{SOFT ICE CREAM}" in name


def test_places_are_lines_in_json_lines_and_numbers_in_a_list(tmp_path: Path) -> None:
    found = {}
    for name, data in (("x.jsonl", b"\n" + LINES), ("x.json", LIST)):
        with open_order_file(write(tmp_path, name, data)) as file:
            found[name] = [entry.place for entry in file.entries()]
    assert found == {"x.jsonl": [2, 3], "x.json": [1, 2]}


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "x.jsonl", LINES)
    with open_order_file(path) as file, pytest.raises(OrderFileError, match="written to while it was read"):
        for entry in file.entries():
            if entry.place == 1:
                path.write_bytes(LINES + LINES)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False).map(float),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=5), st.integers(1, 40), st.booleans())
@settings(deadline=None)
def test_values_are_read_whole_wherever_the_window_cuts_them(values: list[Any], block: int, ascii_only: bool) -> None:
    data = json.dumps(values, ensure_ascii=ascii_only).encode("utf-8", "replace")
    text = JsonText(io.BytesIO(data), block=block)
    read = text.value()
    assert json.dumps(read, default=float) == json.dumps(json.loads(data))
    assert text.peek() == ""


@given(st.binary(max_size=60), st.integers(1, 40))
@settings(deadline=None)
def test_bytes_of_any_kind_are_a_value_or_an_error_with_a_place(data: bytes, block: int) -> None:
    try:
        JsonText(io.BytesIO(data), block=block).value()
    except JsonTextError as error:
        assert error.line >= 1 and error.column >= 1
