"""Leads: the CSV of the web form, its half-written end, its bad rows, and what makes two rows the same lead."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.csvtext import csv_text
from ops_platform.retail.leads import COLUMNS, Lead, goals, lead_cells, leads_frame, moment, read_leads
from ops_platform.retail.shared_rows import SharedFileError
from ops_platform.retail.snapshots import LEADS

ZONE = ZoneInfo("America/New_York")
FILE = "design_request_leads.csv"
HEADER = ",".join(COLUMNS) + "\n"
ROW = (
    "2026-05-13 08:22:05,Jane,O'Hare,Jane@X.example,(828) 555-1234,\"['Design', 'Patio']\",Today,12 Oak St,Asheville,"
    'NC,02801,"A pond, please"\n'
)
JANE = Lead(
    datetime(2026, 5, 13, 8, 22, 5, tzinfo=ZONE),
    "Jane", "O'Hare", "jane@x.example", "(828) 555-1234", ("Design", "Patio"), "Today", "12 Oak St", "Asheville", "NC",
    "02801", "A pond, please",
)  # fmt: skip


def read(text: str | bytes, *, settled: bool = False) -> tuple[list[Lead], list[tuple[int, str, str]]]:
    """The leads of a file, and of its rejects the line, column and code."""
    data = text if isinstance(text, bytes) else text.encode()
    leads, rejects = read_leads(data, file=FILE, zone=ZONE, settled=settled)
    assert all(each.file == FILE and each.detail for each in rejects)
    return leads, [(each.line, each.column, each.code) for each in rejects]


def test_a_row_is_read_as_text_so_that_a_zip_code_keeps_its_zero() -> None:
    assert read(HEADER + ROW) == ([JANE], [])


@pytest.mark.parametrize("text", ["", HEADER, "\ufeff" + HEADER, "\n\n"])
def test_a_file_without_rows_has_no_leads(text: str) -> None:
    assert read(text) == ([], [])


@pytest.mark.parametrize(
    "data",
    [
        ("\ufeff" + HEADER + ROW).encode(),
        (HEADER + ROW).replace("\n", "\r\n").encode(),
        (HEADER.upper() + ROW).encode(),
        ROW.encode(),
        (HEADER + ROW).encode("utf-16"),
        (HEADER + ROW).encode() + b"\0" * 40 + b"\n",
    ],
    ids=["bom", "crlf", "capitals", "no header", "utf-16", "power cut"],
)
def test_what_programs_make_of_the_file_does_not_matter(data: bytes) -> None:
    assert read(data)[0] == [JANE]


def test_columns_are_found_by_name_and_unknown_ones_are_not_looked_at() -> None:
    text = "ip,phone,email,date\n10.0.0.1,828-555-1234,jane@x.example,2026-05-13 08:22:05\n"
    leads, rejects = read(text)
    assert [(lead.phone, lead.email, lead.first_name) for lead in leads] == [("828-555-1234", "jane@x.example", None)]
    assert rejects == []


def test_a_last_line_that_is_being_written_is_left_for_the_next_run() -> None:
    half = HEADER + ROW + "2026-05-13 09:00:00,Tom,Gr"
    assert read(half) == ([JANE], [])
    assert read(half, settled=True)[1] == [(3, "", "wrong_width")]
    assert read(HEADER + ROW.rstrip("\n")) == ([], [])
    assert read(HEADER + ROW.rstrip("\n"), settled=True)[0] == [JANE]


def test_a_comment_of_several_lines_that_is_being_written_is_left_too() -> None:
    half = HEADER + ROW + ROW.replace('"A pond, please"\n', '"First line\nsecond line\n')
    assert read(half) == ([JANE], [])
    whole = half + 'third"\n'
    assert [lead.comments for lead in read(whole)[0]] == ["A pond, please", "First line second line third"]


def test_one_torn_quotation_mark_costs_one_row() -> None:
    text = HEADER + '2026-05-13 08:00:00,"Torn,x,,,,,,,,,\n' + ROW * 25
    leads, rejects = read(text)
    assert (len(leads), rejects) == (25, [(2, "", "torn_row")])


def test_a_row_of_another_width_or_with_a_bad_date_is_rejected_and_the_next_is_read() -> None:
    text = HEADER + "2026-05-13 08:00:00,short\n" + ROW.replace("2026-05-13 08:22:05", "yesterday") + ROW
    assert read(text) == ([JANE], [(2, "", "wrong_width"), (3, "date", "bad_date")])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,mail\nJane,x\n", "no column names"),
        ("date,first_name,email\n", "lacks the column phone"),
        ("date,email,phone,Date\n", "column date twice"),
        ("<html><body>Not found</body></html>\n", "should begin with date"),
    ],
)
def test_another_file_in_its_place_is_refused_and_never_taken_for_an_empty_one(text: str, told: str) -> None:
    with pytest.raises(SharedFileError, match=told):
        read(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("['Design', 'Patio']", ("Design", "Patio")),
        ('["Design"]', ("Design",)),
        ("('Design',)", ("Design",)),
        ("A new patio", ("A new patio",)),
        ("['O\\'Hare\\'s pond']", ("O'Hare's pond",)),
        ("['Design', 'Design', '']", ("Design",)),
        ("[]", ()),
        ("None", ()),
        (None, ()),
        ("[1, 2.5]", ("1", "2.5")),
        ("['open", ("['open",)),
        ("[__import__('os').system('true')]", ("[__import__('os').system('true')]",)),
        ("[" * 5000, ("[" * 5000,)),
        ("[" * 1500, ("[" * 1500,)),
        ("{'a': 1}", ("{'a': 1}",)),
    ],
)
def test_goals_are_read_and_never_evaluated(text: str | None, found: tuple[str, ...]) -> None:
    assert goals(text) == found


@given(st.lists(st.text(min_size=1).filter(lambda text: text == " ".join(text.split())), unique=True))
def test_a_python_list_and_a_json_list_give_the_goals_that_went_in(given_goals: list[str]) -> None:
    short = len(repr(given_goals)) <= 2000 and len(json.dumps(given_goals)) <= 2000
    if short and given_goals:
        assert goals(repr(given_goals)) == goals(json.dumps(given_goals)) == tuple(given_goals)


@given(st.text(max_size=80))
def test_no_text_of_goals_raises(text: str) -> None:
    assert all(isinstance(each, str) for each in goals(text))


@pytest.mark.parametrize(
    "text",
    ["2026-05-13 08:22:05", "2026-05-13T08:22:05", "2026-05-13 08:22:05.123456", "2026-05-13T12:22:05Z"],
)
def test_the_same_moment_is_read_however_it_is_written(text: str) -> None:
    assert moment(text, ZONE) == datetime(2026, 5, 13, 8, 22, 5, tzinfo=ZONE)


def test_a_moment_that_a_spreadsheet_wrote_back_is_read() -> None:
    assert moment("5/13/2026 8:22", ZONE) == datetime(2026, 5, 13, 8, 22, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "yesterday",
        "2026-02-30 08:00:00",
        "13/05/2026 08:00",
        "\u0662026-05-13",
        "9" * 60,
        "0001-01-01T00:00+14:00",
    ],
)
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert moment(text, ZONE) is None


def test_a_lead_is_the_same_however_its_phone_and_address_are_written() -> None:
    again = replace(JANE, phone="+1 828.555.1234", email="JANE@x.example ", comments=None)
    assert again.lead_id == JANE.lead_id
    assert replace(JANE, phone="828-555-1235").lead_id != JANE.lead_id
    assert replace(JANE, received_at=datetime(2026, 5, 13, 8, 22, 6, tzinfo=ZONE)).lead_id != JANE.lead_id
    assert len(JANE.lead_id) == 12


def test_the_frame_holds_each_lead_once_by_time() -> None:
    early = replace(JANE, received_at=datetime(2026, 5, 12, 23, 59, 59, tzinfo=ZONE))
    frame = leads_frame([JANE, replace(JANE, source="intake"), early])
    assert list(frame.columns) == list(LEADS)
    assert frame["lead_id"].tolist() == [early.lead_id, JANE.lead_id]
    assert frame["source"].tolist() == ["csv", "csv"]
    assert leads_frame([JANE, early], date(2026, 5, 13))["lead_id"].tolist() == [JANE.lead_id]
    assert list(leads_frame([]).columns) == list(LEADS)


_TEXTS = ("first_name", "last_name", "timeline", "street", "city", "state", "zip_code", "comments", "phone")
_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20).map(
    lambda text: " ".join(text.split())
)
_optional = _words.filter(lambda text: text not in ("nan", "NaN", "NaT", "<NA>")).map(lambda text: text or None)


@given(
    st.builds(
        Lead,
        received_at=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
            lambda at: at.replace(microsecond=0, tzinfo=ZONE)
        ),
        **dict.fromkeys(
            ("first_name", "last_name", "timeline", "street", "city", "state", "zip_code", "comments", "phone"),
            _optional,
        ),
        email=st.sampled_from([None, "jane@x.example", "o'hare+x@x.example"]),
        interested_in=st.lists(st.sampled_from(["Design", "A 'pond'", "Wall, dry"]), unique=True).map(tuple),
    )
)
def test_a_lead_that_is_written_is_read_back_the_same(lead: Lead) -> None:
    text = csv_text(COLUMNS, [lead_cells(lead)], for_people=True)
    [found], rejects = read(text)
    assert rejects == []
    assert found == lead or any(_odd(value) for value in lead.__dict__.values())
    assert found.lead_id == lead.lead_id or _odd(lead.phone)


def _odd(value: object) -> bool:
    """Texts that a CSV for people cannot give back: those that look as if a formula had been made harmless."""
    return isinstance(value, str) and value.startswith("'")


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    try:
        leads, rejects = read(data, settled=True)
    except SharedFileError:
        return
    assert len(leads) + len(rejects) <= max(data.count(b"\n") + data.count(b"\r") + 1, 1)


@given(st.lists(st.sampled_from([ROW, ROW.replace("2026", "x"), "a,b\n", '"torn\n', "\n"]), max_size=12))
def test_what_is_read_and_rejected_is_all_that_stands_in_the_file(lines: list[str]) -> None:
    leads, rejects = read(HEADER + "".join(lines), settled=True)
    assert len(leads) == lines.count(ROW)
    assert len(rejects) == sum(bool(line.strip()) for line in lines) - len(leads)


@given(st.integers(0, len((HEADER + ROW * 3).encode())))
def test_wherever_the_writer_stops_nothing_false_is_read(cut: int) -> None:
    leads, rejects = read((HEADER + ROW * 3).encode()[:cut]) if cut >= len(HEADER) else ([], [])
    assert leads == [JANE] * len(leads)
    assert rejects == []


def test_the_csv_that_is_written_has_the_seeds_form() -> None:
    row = next(csv.reader(io.StringIO(csv_text(None, [lead_cells(JANE)]))))
    assert row[:1] + row[5:6] == ["2026-05-13 08:22:05", "['Design', 'Patio']"]
    assert moment(row[0], ZONE) == datetime(2026, 5, 13, 12, 22, 5, tzinfo=UTC)
