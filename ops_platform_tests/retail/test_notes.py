from __future__ import annotations

import re
from pathlib import Path

from ops_platform import retail
from ops_platform.flows import retail as flows
from ops_platform.retail.automation import note
from ops_platform.retail.notes import CODES, notes_frame

SOURCES = [
    path.read_text(encoding="utf-8")
    for package in (retail, flows)
    for path in Path(package.__path__[0]).rglob("*.py")
    if path.name != "notes.py"
]


def test_every_code_a_rule_writes_is_explained_and_every_explained_code_is_written() -> None:
    written = {code for source in SOURCES for code in re.findall(r"""\bnote\(\s*"(\w+)\"""", source)}
    assert written <= set(CODES)
    # Rows of files that are rejected become notes too, by the code they were rejected with.
    named = {word for source in SOURCES for word in re.findall(r'"(\w+)"', source)}
    assert set(CODES) <= named


def test_an_explanation_says_what_to_do_in_whole_sentences() -> None:
    assert all(text.endswith((".", "?")) and len(text) > 30 for text in CODES.values())


def test_notes_stand_once_by_code_and_key_whatever_order_they_were_found_in() -> None:
    found = [note("no_room", 2, "b"), note("mapped_twice", "A", "c"), note("no_room", 2, "b"), note("no_room", 1, "a")]
    frame = notes_frame(found)
    assert frame.to_numpy().tolist() == [["mapped_twice", "A", "c"], ["no_room", "1", "a"], ["no_room", "2", "b"]]
    assert frame.equals(notes_frame(reversed(found)))


def test_without_notes_the_columns_stand() -> None:
    assert list(notes_frame([]).columns) == ["code", "key", "detail"]
