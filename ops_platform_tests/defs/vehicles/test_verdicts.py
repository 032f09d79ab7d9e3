"""What figures mean: the limits at their edges, nothing to judge, and sentences that name who is meant."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.defs.vehicles import verdicts as v
from ops_platform.defs.vehicles import verdicts_files as f
from ops_platform.defs.verdict import Verdict


def scan(name: str = "A", cars: int = 100, priced: int = 90, median: float = 30_000.0, **before: Any) -> dict[str, Any]:
    row = {"dealership": name, "cars": cars, "priced": priced, "median": median}
    return row | {"cars_before": 100, "priced_before": 90, "median_before": 30_000.0} | before


def judged(**row: Any) -> Verdict:
    return v.prices([scan(**row)], lost=0.3, moved=0.4)


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        ({}, True),
        ({"priced": 61}, True),
        ({"priced": 59}, False),  # 90 % to 59 %
        ({"priced": 0, "median": None}, False),  # every price of the feed is gone or zero
        ({"median": 41_900.0}, True),
        ({"median": 42_100.0}, False),
        ({"median": 17_900.0}, False),
        ({"cars": 9, "priced": 0}, True),  # too few to judge
        ({"cars_before": None, "priced_before": None, "median_before": None}, True),  # its first scan
        ({"cars_before": 5, "priced_before": 5}, True),
        ({"cars": 0, "priced": 0, "median": None}, True),
    ],
)
def test_prices_are_odd_when_they_vanish_or_jump(row: dict[str, Any], passed: bool) -> None:
    assert judged(**row).passed is passed


def test_an_odd_price_names_the_dealership_and_both_figures() -> None:
    found = judged(name="Columbia BMW", median=60_000.0)
    assert "Columbia BMW" in found.message
    assert found.rows[0]["reason"] == "the median price went from $30,000 to $60,000"


def conserved(total: int, rejects: int, duplicates: int) -> dict[str, Any]:
    kept = total - rejects
    return {
        "file_name": "a.csv",
        "rows_total": total,
        "rows_loaded": kept - duplicates,
        "rows_rejected": rejects,
        "rows_duplicate": duplicates,
        "raw_rows": kept,
        "duplicates": duplicates,
        "reject_rows": rejects,
        "cars": kept - duplicates,
    }


COUNTS = st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)).map(
    lambda parts: conserved(sum(parts), parts[1], parts[2])
)


@given(COUNTS)
def test_rows_that_add_up_are_conserved(row: dict[str, Any]) -> None:
    assert v.conservation([row]).passed


@given(
    COUNTS, st.sampled_from(["raw_rows", "reject_rows", "duplicates", "cars", "rows_total"]), st.sampled_from([-1, 1])
)
def test_one_row_more_or_less_anywhere_is_an_error(row: dict[str, Any], where: str, change: int) -> None:
    found = v.conservation([row, row | {where: row[where] + change, "file_name": "broken.csv"}])
    assert not found.passed
    assert found.is_error
    assert "broken.csv" in found.message
    assert "a.csv" not in found.message


def test_without_any_import_nothing_is_lost_and_nothing_is_slow() -> None:
    assert v.conservation([]).passed
    assert v.import_speed([], limit=120).passed
    assert v.rejects([], limit=0.05).passed
    assert not v.recent(None, date(2026, 3, 8), days=2).passed


@pytest.mark.parametrize(("rejected", "passed"), [(5, True), (6, False)])
def test_rejects_are_judged_file_by_file(rejected: int, passed: bool) -> None:
    shares = [
        {"file_name": "large.csv", "rows": 10_000, "rejected": 1},
        {"file_name": "small.csv", "rows": 100, "rejected": rejected},
    ]
    found = v.rejects(shares, limit=0.05)
    assert found.passed is passed
    assert ("small.csv" in found.message) is not passed


def test_a_file_of_nothing_but_other_sellers_has_no_share_of_rejects() -> None:
    assert v.rejects([{"file_name": "a.csv", "rows": 0, "rejected": 0}], limit=0.05).passed


@pytest.mark.parametrize(("shared", "passed"), [(20, True), (21, False)])
def test_some_shared_cars_are_usual(shared: int, passed: bool) -> None:
    assert v.duplicates([{"vin": "x"}] * shared, 1000, limit=0.02).passed is passed


@pytest.mark.parametrize(("day", "passed"), [(8, True), (10, True), (11, False)])
def test_scrapes_may_be_two_days_old(day: int, passed: bool) -> None:
    assert v.recent(date(2026, 3, 8), date(2026, 3, day), days=2).passed is passed


def share(name: str, cars: int, files: int) -> dict[str, Any]:
    return {"dealership": name, "cars": cars, "files": files, "percent": 100 * files / cars}


@pytest.mark.parametrize(
    ("rows", "passed"),
    [
        ([], True),
        ([share("A", 100, 96)], True),
        ([share("A", 100, 95)], False),  # more than 95 % is wanted
        ([share("A", 1000, 1000), share("B", 10, 5)], False),  # one dealership cannot hide behind the others
    ],
)
def test_qr_files_are_complete_at_every_dealership(rows: list[dict[str, Any]], passed: bool) -> None:
    assert f.qr_completion(rows, wanted=95.0).passed is passed


def export(**row: Any) -> dict[str, Any]:
    return {"dealership": "A", "status": "completed", "cars": 3, "on_hand": 5, "notes": None, "export_file": "a"} | row


@pytest.mark.parametrize(
    ("row", "passed", "is_error"),
    [
        ({}, True, False),
        ({"status": "empty", "on_hand": 0}, True, False),
        ({"status": "empty"}, False, False),
        ({"status": "failed", "notes": "disk full"}, False, True),
        ({"status": "running"}, False, True),  # its process died
        ({"status": None, "cars": None}, False, True),  # no job at all
    ],
)
def test_every_dealership_has_its_export(row: dict[str, Any], passed: bool, is_error: bool) -> None:
    found = f.exports_written([export(dealership="B"), export(**row)])
    assert (found.passed, found.is_error) == (passed, is_error)


@pytest.mark.parametrize(("now", "passed"), [(10, True), (9, False), (None, False)])
def test_an_export_has_the_size_it_had(now: int | None, passed: bool) -> None:
    assert f.export_files([export(file_size=10, size_now=now)]).passed is passed


def test_a_dealership_without_a_file_has_none_to_check() -> None:
    assert f.export_files([export(status="empty", file_size=None, size_now=None)]).passed
