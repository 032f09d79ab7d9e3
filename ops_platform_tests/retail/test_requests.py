"""Stock requests: the CSV of the web form, which rows are one request, and which line belongs to a served one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core import effect_keys
from ops_platform.core.csvtext import csv_text
from ops_platform.retail.coupon_codes import TRIES, coupon_code
from ops_platform.retail.requests import (
    COLUMNS,
    StockRequest,
    is_row_of,
    read_requests,
    request_cells,
    requests_frame,
)
from ops_platform.retail.snapshots import STOCK_REQUESTS

ZONE = ZoneInfo("America/New_York")
FILE = "stock_notification_log.csv"
HEADER = "date,email,item_no\n"
AT = datetime(2026, 5, 12, 8, 22, 5, tzinfo=ZONE)
SECRET = b"of this installation"


def read(text: str) -> tuple[list[StockRequest], list[tuple[int, str, str]]]:
    """The requests of a file, and of its rejects the line, column and code."""
    requests, rejects = read_requests(text.encode(), file=FILE, zone=ZONE)
    return requests, [(each.line, each.column, each.code) for each in rejects]


def test_item_numbers_are_text() -> None:
    requests, rejects = read(HEADER + "2026-05-12 08:22:05,Jane@X.example,00123\n2026-05-12 08:22:05,j@x.example,B7\n")
    assert [request.item_no for request in requests] == ["00123", "B7"]
    assert (requests[0].email, rejects) == ("jane@x.example", [])


def test_rows_nobody_can_be_told_by_are_rejected_and_the_others_are_read() -> None:
    text = (
        HEADER
        + "2026-05-12 08:22:05,no address,A\nsoon,j@x.example,A\n2026-05-12 08:22:05,j@x.example,\n"
        + "2026-05-12 08:22:05,j@x.example,A\n"
    )
    requests, rejects = read(text)
    assert [request.item_no for request in requests] == ["A"]
    assert rejects == [(2, "email", "bad_email"), (3, "date", "bad_date"), (4, "item_no", "no_item")]


def test_rows_of_one_person_and_item_are_one_request_of_the_first_moment() -> None:
    later = AT + timedelta(hours=3)
    rows = [
        StockRequest(later, "jane@x.example", "a1"),
        StockRequest(AT, "Jane@x.example", " A1 "),
        StockRequest(AT, "tom@x.example", "A1"),
        StockRequest(AT, "jane@x.example", "A2", source="intake"),
    ]
    frame = requests_frame(rows, SECRET)
    assert list(frame.columns) == list(STOCK_REQUESTS)
    told = {(row["email"], row["item_no"]): (row["requested_at"], row["rows"]) for row in frame.to_dict("records")}
    assert told == {
        ("jane@x.example", "A1"): (AT, 2),
        ("tom@x.example", "A1"): (AT, 1),
        ("jane@x.example", "A2"): (AT, 1),
    }
    assert frame["request"].is_unique


def test_a_request_keeps_its_key_and_codes_whoever_asks_again() -> None:
    first = requests_frame([StockRequest(AT, "jane@x.example", "A1")], SECRET)
    more = [StockRequest(AT + timedelta(days=1), "JANE@x.example", "a1"), StockRequest(AT, "jane@x.example", "A1")]
    again = requests_frame(more, SECRET)
    assert first["request"].tolist() == again["request"].tolist()
    assert first["codes"].tolist() == again["codes"].tolist()
    assert requests_frame([more[0]], SECRET)["request"].tolist() != first["request"].tolist()


def test_no_address_stands_in_a_key() -> None:
    key = effect_keys.stock_request("jane@x.example", "A1", AT)
    assert effect_keys.stock_mail(key) == f"stock_mail/{key}"
    assert effect_keys.stock_coupon(key, 2) == f"stock_coupon/{key}/2"
    assert "jane" not in key


@given(st.binary(min_size=1), st.text())
def test_a_code_is_eight_of_a_to_z_and_digits_and_always_the_same(secret: bytes, key: str) -> None:
    code = coupon_code(secret, key)
    assert re.fullmatch(r"[A-Z0-9]{8}", code)
    assert coupon_code(secret, key) == code


def test_codes_of_other_keys_and_secrets_are_others() -> None:
    codes = {coupon_code(secret, f"{number}") for secret in (b"a", b"b") for number in range(5000)}
    assert len(codes) == 10_000
    letters = "".join(codes)
    assert set(letters) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert max(map(letters.count, set(letters))) < 1.2 * len(letters) / 36


def test_each_attempt_has_a_code_of_its_own() -> None:
    [codes] = requests_frame([StockRequest(AT, "jane@x.example", "A1")], SECRET)["codes"]
    assert len(set(codes)) == TRIES


def test_a_line_after_the_mail_is_a_new_request_and_stays() -> None:
    cells = dict(zip(COLUMNS, request_cells(StockRequest(AT, "jane@x.example", "A1")), strict=True))
    assert is_row_of(cells, "JANE@x.example", "a1", AT, ZONE)
    assert not is_row_of(cells, "jane@x.example", "A1", AT - timedelta(seconds=1), ZONE)
    assert not is_row_of(cells, "tom@x.example", "A1", AT, ZONE)
    assert not is_row_of(cells, "jane@x.example", "A2", AT, ZONE)
    assert not is_row_of({**cells, "date": "?"}, "jane@x.example", "A1", AT, ZONE)


def test_a_line_that_was_made_harmless_for_a_spreadsheet_is_found() -> None:
    request = StockRequest(AT, "+sale@x.example", "-A1")
    text = csv_text(COLUMNS, [request_cells(request)], for_people=True)
    [found], _ = read_requests(text.encode(), file=FILE, zone=ZONE)
    assert found == request
    cells = {"date": "2026-05-12 08:22:05", "email": "'+sale@x.example", "item_no": "'-A1"}
    assert is_row_of(cells, request.email, request.item_no, AT, ZONE)
