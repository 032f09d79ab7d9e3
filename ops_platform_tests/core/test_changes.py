from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ops_platform.core.changes import COLUMNS, change_set, no_changes, same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, None),
        (5, Decimal("5.0000")),
        (5.5, Decimal("5.50")),
        (True, True),
        (False, False),
        ([3, 1], [3, 1]),
        ([3, 1], (3, 1)),
        ("Y", "Y"),
    ],
)
def test_values_a_write_would_not_change_are_the_same(old: Any, new: Any) -> None:
    assert same(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [(None, 0), (0, None), (5, 6), (5, "5"), (True, False), ([3, 1], [1, 3]), ([], None), ("Y", "N"), ("N", None)],
)
def test_values_a_write_would_change_differ(old: Any, new: Any) -> None:
    assert not same(old, new)


def test_a_change_set_leaves_out_what_would_change_nothing() -> None:
    row = dict.fromkeys(COLUMNS, "x")
    changes = change_set(
        [{**row, "key": "1", "old": 5, "new": Decimal(5)}, {**row, "key": "2", "old": [1], "new": [2]}]
    )
    assert changes["key"].tolist() == ["2"]
    assert list(changes.columns) == COLUMNS


def test_a_change_set_without_rows_has_its_columns_all_the_same() -> None:
    assert change_set([]).equals(no_changes())
    assert list(no_changes().columns) == COLUMNS


def test_a_day_is_the_same_as_its_text_in_the_record() -> None:
    assert same(date(2026, 5, 1), "2026-05-01")
    assert same("2026-05-01", date(2026, 5, 1))
    assert not same(date(2026, 5, 1), "2026-05-02")
    assert not same(None, date(2026, 5, 1))
