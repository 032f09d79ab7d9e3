"""Reading delimited text: encodings, line ends, quotes, and going on after a torn record."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.core.delimited import DelimitedTextError, Record, RecordReader, guess_encoding, open_text

TEXT = 'a,b,c\n"é ®","– x","1"\n'
CELL = st.text(alphabet=st.sampled_from('ab ,"\r\né®'), max_size=6)

WORD = st.text(alphabet="abc 1", min_size=1, max_size=4)


def read(text: str, width: int | None = 3) -> list[Record]:
    reader = RecordReader(io.StringIO(text, newline=""))
    reader.width = width
    return list(reader)


@pytest.mark.parametrize(
    ("encoded_as", "called"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
    ],
)
def test_every_usual_encoding_is_recognised_and_read(encoded_as: str, called: str) -> None:
    data = TEXT.encode(encoded_as)
    assert guess_encoding(data) == called
    assert open_text(data, called).read() == TEXT


def test_a_big_endian_byte_order_mark_is_understood() -> None:
    data = b"\xfe\xff" + TEXT.encode("utf-16-be")
    assert open_text(data, guess_encoding(data)).read() == TEXT


def test_plain_ascii_is_utf_8() -> None:
    assert guess_encoding(b"a,b\n1,2\n") == "utf-8"


def test_one_windows_byte_does_not_garble_the_utf_8_around_it() -> None:
    data = "AMG®\n".encode() + "Café\n".encode("cp1252") + "Señor\n".encode()
    assert guess_encoding(data) == "cp1252"
    assert open_text(data, "cp1252").read() == "AMG®\nCafé\nSeñor\n"


def test_a_byte_that_windows_does_not_know_becomes_the_replacement_character() -> None:
    assert open_text(b"a\x81b", guess_encoding(b"a\x81b")).read() == "a\ufffdb"


def test_a_character_that_straddles_two_chunks_is_still_utf_8() -> None:
    assert guess_encoding(b"a" * ((1 << 20) - 1) + "é".encode()) == "utf-8"


def test_a_character_cut_off_at_the_end_is_no_utf_8() -> None:
    assert guess_encoding("abc é".encode()[:-1]) == "cp1252"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_with_every_line_end(end: str) -> None:
    records = read(end.join(["a,b,c", "", "   ", '"1","x', 'y","3"', "4,5,6", ""]))
    assert records == [
        (1, ["a", "b", "c"], None),
        (4, ["1", f"x{end}y", "3"], None),
        (6, ["4", "5", "6"], None),
    ]


def test_a_last_line_without_its_end_is_a_record() -> None:
    assert read("a,b,c\n1,2,3") == [(1, ["a", "b", "c"], None), (2, ["1", "2", "3"], None)]


def test_blanks_before_a_quoted_cell_do_not_break_it() -> None:
    assert read('1, "x, y", 3\n') == [(1, ["1", "x, y", "3"], None)]


def test_a_stray_quote_inside_a_cell_does_not_cost_the_row() -> None:
    assert read('1,"5" wheels",3\n4,5" wheels,6\n') == [
        (1, ["1", '5 wheels"', "3"], None),
        (2, ["4", '5" wheels', "6"], None),
    ]


@pytest.mark.parametrize(
    "torn",
    ['"1,2,3', '1,"2,3', '1,2,"3', '"1","2","3'],
)
@pytest.mark.parametrize("after", ["4,5,6", '"4","5","6"'])
def test_a_quote_that_is_never_closed_costs_its_own_line_only(torn: str, after: str) -> None:
    records = read("\n".join(["a,b,c", torn, *[after] * 5, ""]))
    assert [(line, cells) for line, cells, problem in records if problem is None] == [
        (1, ["a", "b", "c"]),
        *[(line, ["4", "5", "6"]) for line in range(3, 8)],
    ]
    [(line, _, problem)] = [record for record in records if record[2]]
    assert line == 2 and "never closed" in str(problem)


def test_a_quote_that_is_never_closed_does_not_swallow_a_long_file() -> None:
    records = read("\n".join(['1,"2,3', *["4,5,6"] * 400, ""]))
    assert len(records) == 401 and sum(problem is not None for _, _, problem in records) == 1


def test_a_cell_above_the_limit_of_the_csv_module_costs_its_own_line_only() -> None:
    records = read("1," + "x" * (csv.field_size_limit() + 1) + ",3\n4,5,6\n")
    assert records[0][0] == 1 and records[0][2] is not None
    assert records[1] == (2, ["4", "5", "6"], None)


def test_a_torn_last_line_is_told_from_a_whole_one() -> None:
    [record] = read('1,2,"3')
    assert record[2] is not None


def test_a_nul_character_is_named_with_its_line_and_column() -> None:
    with pytest.raises(DelimitedTextError, match="NUL") as error:
        read("a,b,c\n1,\0,3\n")
    assert (error.value.line, error.value.column) == (2, 3)


def test_bytes_that_cannot_be_decoded_are_named_with_their_line() -> None:
    data = TEXT.encode("utf-16")[:-1]
    with pytest.raises(DelimitedTextError, match="utf-16"):
        list(RecordReader(open_text(data, "utf-16")))


@given(st.lists(st.lists(CELL, min_size=3, max_size=3).filter(lambda cells: cells[0][:1] != " "), max_size=6))
def test_what_csv_writes_is_read_back_exactly(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    assert [cells for _, cells, _ in read(out.getvalue())] == rows


@settings(max_examples=200)
@given(st.lists(st.tuples(st.lists(WORD, min_size=3, max_size=3), st.integers(0, 6)), max_size=8))
def test_rows_beside_torn_ones_are_read_exactly(rows: list[tuple[list[str], int]]) -> None:
    # quote: which of the six quotation marks of a line is lost; 6 = none is
    lines = []
    for cells, quote in rows:
        line = ",".join(f'"{cell}"' for cell in cells)
        at = [position for position, char in enumerate(line) if char == '"']
        lines.append(line if quote == 6 else line[: at[quote]] + line[at[quote] + 1 :])
    sound = [(line, cells, None) for line, (cells, quote) in enumerate(rows, 1) if quote == 6]
    records = read("\n".join(lines))
    assert [record for record in records if record in sound] == sound
    assert {line for line, _, _ in records} == set(range(1, len(rows) + 1))


def test_records_come_one_by_one() -> None:
    endless = RecordReader(f"{number},x,y\n" for number in itertools.count())
    assert next(iter(endless)) == (1, ["0", "x", "y"], None)
