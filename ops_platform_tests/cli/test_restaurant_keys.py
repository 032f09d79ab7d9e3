"""Keys as terminals send them, and a line of text edited with them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.cli.restaurant_keys import LineEditor, keys_in


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("a1x", ["a", "1", "x"]),
        ("\r\x7f\x15\x1b", ["enter", "backspace", "clear", "esc"]),
        ("\x1b[A\x1b[Bq", ["up", "down", "q"]),
        ("\x1bOD\x1b[3~\x1b[F", ["left", "delete", "end"]),
        ("\x1b[15~z", ["z"]),
        ("\x01é₹", ["é", "₹"]),
    ],
)
def test_the_bytes_of_a_terminal_are_keys(typed: str, keys: Sequence[str]) -> None:
    assert list(keys_in(typed)) == keys


EDITING = ("backspace", "delete", "clear", "left", "right", "home", "end", "up", "f1")


@settings(deadline=None)
@given(st.text("ab é", max_size=5), st.lists(st.sampled_from((*EDITING, "x", "é")), max_size=20))
def test_editing_a_line_keeps_the_cursor_inside_and_types_where_it_stands(start: str, keys: list[str]) -> None:
    editor = LineEditor(start)
    for key in keys:
        before, behind = editor.parts
        editor.press(key)
        assert "".join(editor.parts) == editor.text
        if len(key) == 1:
            assert editor.parts == (before + key, behind)
        elif key in ("up", "f1"):
            assert editor.parts == (before, behind)
        elif key in ("left", "right", "home", "end"):
            assert editor.text == before + behind
