"""Which files of the imports folder are ready: none twice, none that still grows, each that stands still once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.arrivals import MAX_REMEMBERED, Cursor, Listed, ready_files

SCRAPES = ("complete_data_2025-03-13.csv", "complete_data_2025-03-14.csv", "DATA.CSV")
OTHERS = (".hidden.csv", "~$open.csv", "scrape.csv.part", "scrape.tmp", "notes.txt", "csv")
State = Mapping[str, tuple[int, int]]  # name -> size, time: small numbers, so that equal ones come up

folders = st.dictionaries(
    st.sampled_from(SCRAPES + OTHERS), st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=len(SCRAPES + OTHERS)
)


def listing(state: State) -> list[Listed]:
    return [Listed(name, size, mtime) for name, (size, mtime) in state.items()]


def handed_out(states: Iterable[State]) -> list[list[Listed]]:
    """What the sensor hands out over some looks; its cursor is stored as text in between, as Dagster does."""
    cursor = Cursor()
    rounds = []
    for state in states:
        ready, cursor = ready_files(listing(state), Cursor.from_text(cursor.to_text()))
        rounds.append(ready)
    return rounds


@given(st.lists(folders, max_size=12))
@settings(max_examples=200)
def test_no_file_is_handed_out_twice(states: list[State]) -> None:
    identities = Counter(file.identity for ready in handed_out(states) for file in ready)
    assert all(count == 1 for count in identities.values())


@given(st.lists(folders, min_size=1, max_size=12))
def test_only_what_the_look_before_saw_the_same_is_handed_out(states: list[State]) -> None:
    rounds = handed_out(states)
    assert rounds[0] == []
    for before, ready in zip(states, rounds[1:], strict=False):
        assert {(file.name, file.size, file.mtime_ns) for file in ready} <= {
            (name, size, mtime) for name, (size, mtime) in before.items()
        }


@given(st.integers(2, 30))
def test_a_file_that_grows_is_never_handed_out(looks: int) -> None:
    assert not any(handed_out({"complete_data.csv": (1000 + look, 1)} for look in range(looks)))
    assert not any(handed_out({"complete_data.csv": (1000, look)} for look in range(looks)))


@given(st.lists(folders, max_size=8), folders)
def test_each_file_that_stands_still_is_handed_out_exactly_once(before: list[State], final: State) -> None:
    rounds = handed_out([*before, final, final, final])
    settled = Counter(
        file.identity for ready in rounds for file in ready if final.get(file.name) == (file.size, file.mtime_ns)
    )
    wanted = [Listed(name, *facts).identity for name, facts in final.items() if name in SCRAPES and facts[0] > 0]
    assert settled == Counter(wanted)


@given(st.lists(folders, max_size=8))
def test_temporary_hidden_empty_and_foreign_files_are_left_alone(states: list[State]) -> None:
    for ready in handed_out(states):
        assert all(file.name in SCRAPES and file.size > 0 for file in ready)


def test_days_are_handed_out_in_the_order_of_their_names() -> None:
    state = dict.fromkeys(("d_2025-03-01.csv", "d_2025-02-28.csv", "d_2025-03-12.csv"), (1, 1))
    assert [file.name for file in handed_out([state, state])[1]] == sorted(state)


def test_a_file_replaced_under_its_name_is_handed_out_again() -> None:
    old, new = {"day.csv": (10, 1)}, {"day.csv": (12, 5)}
    assert [len(ready) for ready in handed_out([old, old, new, new, new])] == [0, 1, 0, 1, 0]


def test_a_folder_of_more_files_than_are_remembered_hands_none_out_twice() -> None:
    state = {f"complete_data_{number:06}.csv": (1, 1) for number in range(MAX_REMEMBERED + 500)}
    assert [len(ready) for ready in handed_out([state] * 4)] == [0, len(state), 0, 0]


def test_a_share_that_is_away_for_a_moment_does_not_make_its_files_new() -> None:
    state = {"a.csv": (1, 1), "b.csv": (1, 1)}
    assert [len(ready) for ready in handed_out([state, state, {}, state, state])] == [0, 2, 0, 0, 0]


def test_the_memory_of_files_that_are_gone_is_bounded_and_forgets_none_that_is_there() -> None:
    here = Listed("here.csv", 1, 1)
    gone = tuple(f"gone_{number}.csv|1|1" for number in range(MAX_REMEMBERED + 7))
    _, kept = ready_files([here], Cursor(handed_out=(here.identity, *gone)))
    assert kept.handed_out == (here.identity, *gone[7:])


@given(st.one_of(st.none(), st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_an_unreadable_cursor_starts_anew(text: str | None) -> None:
    assert Cursor.from_text(text) == Cursor()


@pytest.mark.parametrize("stored", [None, 3, "abc", [["a"]], [1, None], {"a": 1}])
def test_a_damaged_cursor_still_serves(stored: object) -> None:
    cursor = Cursor.from_text(json.dumps({"last_look": stored, "handed_out": stored}))
    file = Listed("day.csv", 1, 1)
    _, cursor = ready_files([file], cursor)
    assert ready_files([file], cursor)[0] == [file]
