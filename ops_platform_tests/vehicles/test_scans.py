"""What a scrape file says about a day: its date, whether a dealership's count can be believed, what is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_platform.vehicles.scans import ScanDateError, date_in, judge_scans, scan_date_of, sightings

TODAY = date(2025, 3, 20)
DAY = date(2025, 3, 13)
EARLIER = date(2025, 3, 1)

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
# Any text around a date that is no digit itself: a digit would make it part of a longer number.
around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=12)


@given(days, around, around, st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y_%m_%d"]))
def test_a_date_is_found_wherever_it_stands(day: date, before: str, after: str, form: str) -> None:
    assert date_in(f"{before}{day.strftime(form)}{after}") == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "complete_data.csv",
        "2025-02-30",
        "2025-13-01",
        "1999-12-31",
        "13/03/2025",
        "stock 120250313",
        "202503131",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert date_in(text) is None


def test_the_first_real_date_of_a_text_counts() -> None:
    assert date_in("2025-02-30 then 2025-03-13 then 2025-03-14") == DAY


@pytest.mark.parametrize(
    ("name", "metadata", "scraped_at", "found"),
    [
        ("complete_data_2025-03-13.csv", ",,2025-03-10,", "2025-03-01T10:00:00", DAY),
        ("complete_data.csv", ",,,,2025-03-13,10:41:10,", "2025-03-01T10:00:00", DAY),
        ("complete_data.csv", ",,no date,", "2025-03-13T10:00:00", DAY),
        ("complete_data.csv", None, None, TODAY),
    ],
)
def test_name_then_metadata_then_rows_then_today_say_the_day(
    name: str, metadata: str | None, scraped_at: str | None, found: date
) -> None:
    assert scan_date_of(name, metadata, scraped_at, as_of=TODAY) == found


@given(st.dates(date(2000, 1, 10), date(2099, 12, 20)), st.integers(-5, 5))
def test_a_day_in_the_future_is_refused_but_for_one_day_of_time_zones(today: date, offset: int) -> None:
    day = today + timedelta(days=offset)
    name = f"complete_data_{day}.csv"
    if offset <= 1:
        assert scan_date_of(name, None, None, as_of=today) == day
        return
    with pytest.raises(ScanDateError, match=r"file name says .* lies in the future .* --scan-date"):
        scan_date_of(name, None, None, as_of=today)


@pytest.mark.parametrize("source", ["line before the header", "scraped_at"])
def test_the_error_of_a_future_day_names_where_it_stands(source: str) -> None:
    metadata, scraped_at = ("2030-01-01", None) if source.startswith("line") else (None, "2030-01-01")
    with pytest.raises(ScanDateError, match=f"the {source} says 2030-01-01"):
        scan_date_of("x.csv", metadata, scraped_at, as_of=TODAY)


def counts(**cars: int) -> pd.DataFrame:
    return pd.DataFrame({"dealership_name": list(cars), "cars": list(cars.values())})


@given(st.integers(0, 500), st.integers(0, 500), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_a_dealership_is_held_exactly_when_it_fell_below_the_share(cars: int, before: int, ratio: float) -> None:
    [row] = judge_scans(counts(a=cars), counts(a=before), drop_ratio=ratio).to_dict("records")
    assert row["status"] == ("held" if cars < before * ratio else "accepted")
    assert (row["dealership_name"], row["cars"], row["previous_cars"]) == ("a", cars, before)


def test_a_first_scan_is_accepted_and_others_say_nothing_about_it() -> None:
    judged = judge_scans(counts(new=1, old=10), counts(old=100, elsewhere=50), drop_ratio=0.5)
    assert judged["status"].tolist() == ["accepted", "held"]
    assert judged["previous_cars"].tolist() == [pd.NA, 100]
    assert judge_scans(counts(a=3), counts(), drop_ratio=0.5)["status"].tolist() == ["accepted"]


Known = tuple[str, str, date, date, date | None, float]


def seen(cars: Sequence[tuple[str, str, float]], known: Sequence[Known], *, scan_date: date = DAY) -> pd.DataFrame:
    vehicles = pd.DataFrame(list(cars), columns=["vin", "location", "price"], index=range(7, 7 + len(cars)))
    columns = ["vin", "location", "first_seen_date", "last_seen_date", "gone_date", "price"]
    return sightings(vehicles, pd.DataFrame(list(known), columns=columns, dtype=object), scan_date=scan_date)


def test_a_car_nobody_saw_before_is_new_since_this_day() -> None:
    result = seen([("V1", "A", 100.0)], [("V1", "B", EARLIER, EARLIER, None, 90.0)])
    assert result.iloc[0].to_dict() == {
        "first_seen_date": DAY,
        "is_new": True,
        "is_relisted": False,
        "price_changed": False,
    }
    assert result.index.tolist() == [7]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (EARLIER, EARLIER, EARLIER),
        (DAY, DAY, DAY),
        (TODAY, TODAY, DAY),  # an older file tells that the car was there before
    ],
)
def test_the_earlier_day_is_the_first_sighting(first: date, last: date, expected: date) -> None:
    assert seen([("V1", "A", 1.0)], [("V1", "A", first, last, None, 1.0)])["first_seen_date"].tolist() == [expected]


def test_a_car_that_was_gone_is_relisted_unless_the_file_is_older() -> None:
    gone = ("V1", "A", EARLIER, EARLIER, DAY - timedelta(days=1), 1.0)
    assert seen([("V1", "A", 1.0)], [gone])["is_relisted"].tolist() == [True]
    assert seen([("V1", "A", 1.0)], [gone], scan_date=EARLIER - timedelta(days=1))["is_relisted"].tolist() == [False]


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [(100.0, 90.0, True), (100.0, 100.0, False), (None, 90.0, False), (100.0, float("nan"), False)],
)
def test_a_price_changed_when_both_are_known_and_differ(before: float, now: float, changed: bool) -> None:
    known = ("V1", "A", EARLIER, EARLIER, None, before)
    assert seen([("V1", "A", now)], [known])["price_changed"].tolist() == [changed]
    older = ("V1", "A", EARLIER, TODAY, None, before)
    assert seen([("V1", "A", now)], [older])["price_changed"].tolist() == [False]


@given(
    st.lists(st.tuples(st.sampled_from("VWXYZ"), st.sampled_from("AB"), st.floats(1, 9)), unique_by=lambda t: t[:2]),
    st.lists(
        st.tuples(st.sampled_from("VWXYZ"), st.sampled_from("AB"), st.integers(0, 20), st.integers(0, 9)),
        unique_by=lambda t: t[:2],
    ),
)
def test_every_car_of_the_file_is_judged_once_whatever_was_known(
    cars: list[tuple[str, str, float]], before: list[tuple[str, str, int, int]]
) -> None:
    known: list[Known] = [
        (vin, at, EARLIER + timedelta(days=day), EARLIER + timedelta(days=day + more), None, 5.0)
        for vin, at, day, more in before
    ]
    result = seen(cars, known)
    assert len(result) == len(cars)
    places = {row[:2] for row in known}
    assert result["is_new"].tolist() == [(vin, at) not in places for vin, at, _ in cars]
    assert all(day <= DAY for day in result["first_seen_date"])
