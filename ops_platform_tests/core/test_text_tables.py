"""Tables for readers without HTML."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ops_platform.core.text_tables import WIDTH, text_table, wrapped

COLUMNS = [{"title": "Item"}, {"title": "Sold", "format": "number"}, {"title": "Revenue", "format": "money"}]


def test_texts_stand_left_numbers_right_and_the_total_below_a_line() -> None:
    made = text_table(
        COLUMNS, [["Maple", 14, "1679.86"], [{"value": "Pot", "tone": "bad"}, -3, "-20"]], ["All", 11, 1659]
    )
    assert made.splitlines() == [
        "Item   Sold    Revenue",
        "-----  ----  ---------",
        "Maple    14  $1,679.86",
        "Pot      -3    -$20.00",
        "-----  ----  ---------",
        "All      11  $1,659.00",
    ]


def test_a_long_text_is_wrapped_in_its_column_and_nothing_of_it_is_lost() -> None:
    name = " ".join(f"word{number}" for number in range(30))
    made = text_table(COLUMNS, [[name, 1, 1]])
    assert max(map(len, made.splitlines())) <= WIDTH
    first = [line[: WIDTH - len("  Sold  Revenue")].split() for line in made.splitlines()[2:]]
    assert " ".join(word for words in first for word in words if word.startswith("word")) == name


@given(
    st.lists(st.tuples(st.text(max_size=120), st.integers(-(10**9), 10**9), st.integers(0, 10**6)), max_size=6),
)
def test_lines_fit_and_line_ends_in_a_cell_break_no_row(rows: list[tuple[str, int, int]]) -> None:
    lines = text_table(COLUMNS, rows).split("\n")
    assert all(len(line) <= WIDTH for line in lines)
    assert sum(line.endswith(".00") for line in lines) == len(rows)


def test_more_columns_than_fit_make_longer_lines_and_lose_no_number() -> None:
    columns = [{"title": f"C{number}", "format": "money"} for number in range(9)]
    made = text_table(columns, [[1_234_567.89] * 9])
    assert made.count("$1,234,567.89") == 9


def test_paragraphs_keep_their_lines_and_links_stay_whole() -> None:
    link = "https://store.example/" + "x" * 90
    assert wrapped(f"one\n\n{'word ' * 20}{link}").splitlines()[0:2] == ["one", ""]
    assert link in wrapped(f"see {link}").splitlines()
    assert wrapped("a\nb", "> ") == "> a\n> b"
