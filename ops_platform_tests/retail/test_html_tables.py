"""A table of a web page as a grid."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.retail.html_tables import Grid, grid_of

HEAD = "<tr><th>Name</th><th>Size</th><th>Price</th></tr>"


def grid(rows: str, *, head: str = HEAD, selector: str = "table") -> Grid | None:
    return grid_of(f"<div id=list><table>{head}{rows}</table></div>", selector)


def test_texts_come_without_tags_and_double_blanks() -> None:
    found = grid("<tr><td> Acer <b>palmatum</b>\n<i>Bloodgood</i></td><td>1&nbsp;gal</td><td>$5</td></tr>")
    assert found == Grid(["Name", "Size", "Price"], [["Acer palmatum Bloodgood", "1 gal", "$5"]])


def test_the_first_row_is_the_header_where_no_row_has_header_cells() -> None:
    found = grid("<tr><td>a</td><td>b</td></tr>", head="<tr><td>X</td><td>Y</td></tr>")
    assert found == Grid(["X", "Y"], [["a", "b"]])


def test_what_stands_above_the_header_is_no_row() -> None:
    found = grid("<tr><td>a</td><td>b</td><td>c</td></tr>", head=f"<tr><td colspan=3>Spring list</td></tr>{HEAD}")
    assert found is not None
    assert found.rows == [["a", "b", "c"]]


def test_a_cell_that_spans_rows_or_columns_is_repeated() -> None:
    found = grid(
        "<tr><td rowspan=3>Acer</td><td>1 gal</td><td>$5</td></tr><tr><td>3 gal</td><td>$9</td></tr>"
        "<tr><td colspan=2>call</td></tr><tr><td>Buxus</td><td>1 gal</td><td>$4</td></tr>"
    )
    assert found is not None
    assert found.rows == [
        ["Acer", "1 gal", "$5"], ["Acer", "3 gal", "$9"], ["Acer", "call", "call"], ["Buxus", "1 gal", "$4"],
    ]  # fmt: skip


def test_a_line_over_the_whole_table_is_one_text_and_not_a_row_of_equal_cells() -> None:
    found = grid("<tr><td colspan=3>Trees</td></tr>")
    assert found is not None
    assert found.rows == [["Trees"]]


def test_a_repeated_header_is_no_row() -> None:
    found = grid(f"<tr><td>a</td><td>b</td><td>c</td></tr>{HEAD}<tr><td>d</td><td>e</td><td>f</td></tr>")
    assert found is not None
    assert [row[0] for row in found.rows] == ["a", "d"]


def test_a_table_inside_a_cell_does_not_add_rows() -> None:
    found = grid("<tr><td>a<table><tr><td>inner</td></tr></table></td><td>b</td><td>c</td></tr>")
    assert found is not None
    assert found.rows == [["a inner", "b", "c"]]


def test_a_selector_may_fit_what_the_table_is_in() -> None:
    assert grid("", selector="#list") == Grid(["Name", "Size", "Price"], [])


@pytest.mark.parametrize("page", ["", "<p>closed</p>", "<div id=list></div>"])
def test_a_page_without_the_table_has_none(page: str) -> None:
    assert grid_of(page, "#list") is None


def test_a_table_without_rows_is_empty_and_a_wrong_selector_is_told() -> None:
    assert grid_of("<table></table>", "table") == Grid([], [])
    with pytest.raises(ValueError, match="is no CSS selector"):
        grid_of("<table></table>", "table[")


@pytest.mark.parametrize("span", ["0", "-2", "x", "", "1e9"])
def test_a_span_that_is_none_counts_as_one(span: str) -> None:
    found = grid(f'<tr><td rowspan="{span}">a</td><td>b</td><td>c</td></tr><tr><td>d</td><td>e</td><td>f</td></tr>')
    assert found is not None
    assert found.rows == [["a", "b", "c"], ["d", "e", "f"]]


def test_a_hostile_span_ends_where_browsers_end_it() -> None:
    found = grid('<tr><td colspan="99999999">a</td><td>b</td></tr>')
    assert found is not None
    assert len(found.rows[0]) == 1001


CELLS = st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=3, max_size=3), max_size=6)


@given(CELLS)
def test_rows_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    page = BeautifulSoup(f"<table>{HEAD}</table>", "lxml")
    table = page.table
    assert table is not None
    for cells in rows:
        line = page.new_tag("tr")
        for text in cells:
            cell = page.new_tag("td")
            cell.string = text
            line.append(cell)
        table.append(line)
    found = grid_of(str(page), "table")
    assert found is not None
    wanted = [[_seen(text) for text in cells] for cells in rows]
    assert found.rows == [cells for cells in wanted if cells != found.header]


def _seen(text: str) -> str:
    """What is left of a text in HTML: no control characters, blanks as one."""
    return " ".join(
        BeautifulSoup(f"<p>{BeautifulSoup('', 'lxml').new_string(text).output_ready()}", "lxml").get_text().split()
    )
