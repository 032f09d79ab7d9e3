"""Which stored cars an order may hold, and for each of the others the first reason why not.

What belongs here: applying FilteringRules to the stored-vehicle frame. What does not: the rules themselves
(rules.py), reading or writing cars (adapters), sorting and rendering (exports.py).

A reason is `code` or `code: detail`. Codes are stable (reports group by them); details hold the car's own
value and the bound, never the day of the check, so that an unchanged car keeps an unchanged reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ops_platform.core.csvtext import number_text
from ops_platform.core.text import fold_key
from ops_platform.vehicles.rules import FilteringRules

Mask = npt.NDArray[np.bool_]
Detail = Callable[[int], str]

REASONS: Final[dict[str, str]] = {
    "gone": "no longer in the dealership's scrapes, since the date given",
    "not_seen_recently": "not in a scrape within the last days_back days",
    "condition_excluded": "the condition or lot status is in exclude_conditions",
    "type_not_allowed": "the condition is not among vehicle_types",
    "in_transit": "the status says in transit, and exclude_in_transit is set",
    "status_excluded": "the status is in exclude_status",
    "missing_stock": "no stock number, and the rules require one",
    "missing_year": "no model year, and the rules bound it",
    "year_below_min": "the model year is before year_min",
    "year_above_max": "the model year is after year_max",
    "missing_price": "no price, and the rules need one",
    "price_below_min": "the price is under the lowest allowed",
    "price_above_max": "the price is over the highest allowed",
    "make_excluded": "the make is in exclude_makes",
    "make_not_included": "the make is not in include_only_makes",
    "model_excluded": "the model is in exclude_models",
    "too_new_on_lot": "in stock for fewer days than seasoning_days or days_on_lot.min",
    "too_long_on_lot": "in stock for more days than days_on_lot.max",
    "already_ordered": "ordered before, and the order compares with earlier ones (cao)",
}
"""Every code with its meaning, in the order in which the tests are made."""


def ineligible_reason(
    frame: pd.DataFrame, rules: FilteringRules, *, as_of: date, ordered_vins: Set[str] = frozenset()
) -> pd.Series:
    """The first reason that keeps each car out, or None for an eligible one; an object Series like `frame`.

    `frame` has the columns of normalized_vehicle_data named in the tests below, one car a row; `as_of` is the
    business day of the order; `ordered_vins` are those ordered earlier for this dealership and count only
    when `rules.order_type` is cao.
    """
    reasons: npt.NDArray[np.object_] = np.full(len(frame), None, dtype=object)
    pending = np.ones(len(frame), dtype=bool)
    for code, failing, detail in _tests(frame, rules, as_of, ordered_vins):
        hits = np.flatnonzero(failing & pending)
        if hits.size:
            pending[hits] = False
            for row in hits.tolist():
                reasons[row] = f"{code}: {text}" if (text := detail(row)) else code
    return pd.Series(reasons, index=frame.index, dtype=object, name="ineligible_reason")


def reason_code(reason: str) -> str:
    """The stable code of a reason: `price_below_min: 24000 < 25000` -> `price_below_min`."""
    return reason.partition(":")[0]


def _tests(
    frame: pd.DataFrame, rules: FilteringRules, as_of: date, ordered_vins: Set[str]
) -> Iterator[tuple[str, Mask, Detail]]:
    yield from _presence_tests(frame, rules, as_of)
    yield from _condition_tests(frame, rules)
    yield from _number_tests(frame, rules)
    yield from _name_tests(frame, rules)
    yield from _age_tests(frame, rules, as_of)
    if rules.order_type == "cao":
        yield "already_ordered", frame["vin"].isin(ordered_vins).to_numpy(), _nothing


def _presence_tests(frame: pd.DataFrame, rules: FilteringRules, as_of: date) -> Iterator[tuple[str, Mask, Detail]]:
    gone = _days(frame["gone_date"])
    yield "gone", ~np.isnat(gone), _value_of(gone)
    if rules.days_back is not None:
        seen = _days(frame["last_seen_date"])
        earliest = np.datetime64(as_of, "D") - rules.days_back
        # NaT compares False: a car that was never seen fails as well.
        yield "not_seen_recently", ~(seen >= earliest), lambda row: f"last seen {_day_text(seen[row])}"


def _condition_tests(frame: pd.DataFrame, rules: FilteringRules) -> Iterator[tuple[str, Mask, Detail]]:
    condition, lot = frame["vehicle_condition"], frame["on_lot_status"]
    if rules.exclude_conditions:
        for column in (condition, lot):
            yield "condition_excluded", _folded_in(column, rules.exclude_conditions), _value_of(column)
    if rules.types is not None:
        yield "type_not_allowed", ~_folded_in(condition, rules.types), _value_of(condition)
    status = frame["status"]
    if rules.exclude_in_transit:
        yield (
            "in_transit",
            _folded_matches(status, lambda text: text.startswith("intransit")),
            _value_of(status),
        )
    if rules.exclude_status:
        yield "status_excluded", _folded_in(status, rules.exclude_status), _value_of(status)
    if rules.needs_stock:
        yield "missing_stock", _blank(frame["stock"]), _nothing


def _number_tests(frame: pd.DataFrame, rules: FilteringRules) -> Iterator[tuple[str, Mask, Detail]]:
    years = _numbers(frame["year"])
    if rules.year_min is not None or rules.year_max is not None:
        yield "missing_year", np.isnan(years), _nothing
    yield from _bounds(years, rules.year_min, rules.year_max, "year")
    prices = _numbers(frame["price"])
    lowest, highest = rules.lowest_price, rules.highest_price
    if rules.exclude_missing_price or lowest is not None or highest is not None:
        yield "missing_price", np.isnan(prices), _nothing
    yield from _bounds(prices, lowest, highest, "price")


def _bounds(
    values: npt.NDArray[np.float64], lowest: float | None, highest: float | None, what: str
) -> Iterator[tuple[str, Mask, Detail]]:
    if lowest is not None:
        low = number_text(lowest)
        yield f"{what}_below_min", values < lowest, lambda row: f"{number_text(values[row])} < {low}"
    if highest is not None:
        high = number_text(highest)
        yield f"{what}_above_max", values > highest, lambda row: f"{number_text(values[row])} > {high}"


def _name_tests(frame: pd.DataFrame, rules: FilteringRules) -> Iterator[tuple[str, Mask, Detail]]:
    make, model = frame["make"], frame["model"]
    if rules.exclude_makes:
        yield "make_excluded", _folded_in(make, rules.exclude_makes), _value_of(make)
    if rules.include_only_makes is not None:
        yield "make_not_included", ~_folded_in(make, rules.include_only_makes), _value_of(make)
    if rules.exclude_models:
        yield "model_excluded", _folded_in(model, rules.exclude_models), _value_of(model)


def _age_tests(frame: pd.DataFrame, rules: FilteringRules, as_of: date) -> Iterator[tuple[str, Mask, Detail]]:
    lowest, highest = rules.lowest_days_on_lot, rules.days_on_lot.max
    if not lowest and highest is None:
        return
    in_stock = _days(frame["date_in_stock"])
    # A scrape without the date says at least when the car was first seen.
    since = np.where(np.isnat(in_stock), _days(frame["first_seen_date"]), in_stock)
    age = np.where(np.isnat(since), np.nan, (np.datetime64(as_of, "D") - since).astype(np.float64))
    if lowest:
        yield (
            "too_new_on_lot",
            ~(age >= lowest),
            lambda row: f"in stock since {_day_text(since[row])}, needs {lowest} days",
        )
    if highest is not None:
        yield (
            "too_long_on_lot",
            age > highest,
            lambda row: f"in stock since {_day_text(since[row])}, at most {highest} days",
        )


def _day_text(day: np.datetime64) -> str:
    return "an unknown day" if np.isnat(day) else str(day)


def _nothing(_row: int) -> str:
    return ""


def _value_of(column: pd.Series | npt.NDArray) -> Detail:
    values = column.to_numpy() if isinstance(column, pd.Series) else column
    return lambda row: "" if pd.isna(values[row]) else str(values[row])


def _blank(column: pd.Series) -> Mask:
    return np.array([pd.isna(text) or not str(text).strip() for text in column.tolist()], dtype=bool)


def _folded_in(column: pd.Series, folded: tuple[str, ...]) -> Mask:
    """Where the folded text is one of `folded`; False for a missing text."""
    return _folded_matches(column, lambda text: text in folded)


def _folded_matches(column: pd.Series, holds: Callable[[str], bool]) -> Mask:
    """Where `holds` is true of the folded text; False for a missing text. Folds each distinct text once."""
    codes, texts = pd.factorize(column)
    # One more entry at the end, for the code -1 of missing values.
    verdicts = np.array([*(bool(holds(fold_key(str(text)))) for text in texts), False], dtype=bool)
    return verdicts[codes]


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)


def _days(column: pd.Series) -> npt.NDArray[np.datetime64]:
    if column.dtype == object:
        values = column.to_numpy(dtype=object, copy=True)
        values[column.isna().to_numpy()] = None
        return values.astype("datetime64[D]")
    return column.to_numpy().astype("datetime64[D]")
