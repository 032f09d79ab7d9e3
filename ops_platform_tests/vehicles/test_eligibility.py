from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.vehicles.eligibility import REASONS, ineligible_reason, reason_code
from ops_platform.vehicles.rules import FilteringRules, parse_filters, parse_rules
from ops_platform_tests.vehicles.rule_strategies import MAKES, MODELS, STATUSES, rule_sets
from ops_platform_tests.vehicles.stored_cars import AS_OF, stored_cars

ORDERED = frozenset({"VIN1", "VIN3"})


def reason(rules: dict[str, object], car: dict[str, Any], ordered: frozenset[str] = frozenset()) -> str | None:
    frame = stored_cars(car)
    found = ineligible_reason(frame, parse_rules(rules, "test"), as_of=AS_OF, ordered_vins=ordered)
    text: str | None = found.iloc[0]
    return text


CASES: list[tuple[dict[str, object], dict[str, Any], str | None]] = [
    ({}, {}, None),
    ({}, {"gone_date": date(2025, 3, 10)}, "gone: 2025-03-10"),
    ({}, {"gone_date": date(2025, 3, 20)}, "gone: 2025-03-20"),
    ({}, {"last_seen_date": date(2025, 3, 6)}, None),
    ({}, {"last_seen_date": date(2025, 3, 5)}, "not_seen_recently: last seen 2025-03-05"),
    ({}, {"last_seen_date": None}, "not_seen_recently: last seen an unknown day"),
    ({"days_back": 30}, {"last_seen_date": date(2025, 3, 5)}, None),
    ({"days_back": 0}, {"last_seen_date": date(2025, 3, 12)}, "not_seen_recently: last seen 2025-03-12"),
    ({"days_back": None}, {"last_seen_date": date(2001, 1, 1)}, None),
    ({"exclude_conditions": ["offlot"]}, {"on_lot_status": "offlot"}, "condition_excluded: offlot"),
    ({"exclude_conditions": ["offlot"]}, {"vehicle_condition": "offlot"}, "condition_excluded: offlot"),
    ({"exclude_conditions": ["new"]}, {}, "condition_excluded: new"),
    ({"exclude_conditions": ["used"]}, {"vehicle_condition": "cpo"}, "condition_excluded: cpo"),
    ({"exclude_conditions": ["offlot"]}, {"on_lot_status": "unknown"}, None),
    ({"vehicle_types": ["used"]}, {}, "type_not_allowed: new"),
    ({"vehicle_types": ["used"]}, {"vehicle_condition": "po"}, None),
    ({"exclude_in_transit": True}, {"status": "In Transit to U.S."}, "in_transit: In Transit to U.S."),
    ({"exclude_in_transit": True}, {"status": "In-Stock"}, None),
    ({"exclude_status": ["in stock"]}, {"status": "In-Stock"}, "status_excluded: In-Stock"),
    ({"exclude_status": ["in stock"]}, {"status": None}, None),
    ({"require_stock": True}, {"stock": None}, "missing_stock"),
    ({"require_stock": True}, {"stock": "  "}, "missing_stock"),
    ({"exclude_missing_stock": True}, {"stock": None}, "missing_stock"),
    ({}, {"stock": None}, None),
    ({"year_min": 2024}, {}, "year_below_min: 2023 < 2024"),
    ({"year_max": 2022}, {}, "year_above_max: 2023 > 2022"),
    ({"year_min": 2023, "year_max": 2023}, {}, None),
    ({"year_min": 2020}, {"year": None}, "missing_year"),
    ({"min_price": 25000}, {"price": 24000}, "price_below_min: 24000 < 25000"),
    ({"min_price": 25000}, {"price": 24999.5}, "price_below_min: 24999.50 < 25000"),
    ({"min_price": 25000}, {"price": 25000}, None),
    ({"max_price": 60000}, {}, "price_above_max: 65000 > 60000"),
    ({"max_price": 65000}, {}, None),
    ({"price_range": {"min": 1, "max": 60000}}, {}, "price_above_max: 65000 > 60000"),
    ({"min_price": 0}, {"price": None}, None),
    ({"price_range": {"min": 0, "max": 999999}}, {"price": None}, None),
    ({"min_price": 1}, {"price": None}, "missing_price"),
    ({"max_price": 1}, {"price": None}, "missing_price"),
    ({"exclude_missing_price": True}, {"price": None}, "missing_price"),
    ({"exclude_makes": ["bmw"]}, {}, "make_excluded: BMW"),
    ({"exclude_makes": ["mercedes benz"]}, {"make": "Mercedes-Benz"}, "make_excluded: Mercedes-Benz"),
    ({"exclude_makes": ["Kia"]}, {"make": None}, None),
    ({"include_only_makes": ["Kia"]}, {}, "make_not_included: BMW"),
    ({"include_only_makes": ["Kia"]}, {"make": None}, "make_not_included"),
    ({"exclude_models": ["x5"]}, {}, "model_excluded: X5"),
    (
        {"seasoning_days": 7},
        {"date_in_stock": date(2025, 3, 7)},
        "too_new_on_lot: in stock since 2025-03-07, needs 7 days",
    ),
    ({"seasoning_days": 7}, {"date_in_stock": date(2025, 3, 6)}, None),
    ({"seasoning_days": 7}, {"date_in_stock": None}, None),
    (
        {"seasoning_days": 7},
        {"date_in_stock": None, "first_seen_date": date(2025, 3, 10)},
        "too_new_on_lot: in stock since 2025-03-10, needs 7 days",
    ),
    (
        {"days_on_lot": {"min": 7}},
        {"date_in_stock": None, "first_seen_date": None},
        "too_new_on_lot: in stock since an unknown day, needs 7 days",
    ),
    (
        {"days_on_lot": {"max": 30}},
        {"date_in_stock": date(2025, 2, 10)},
        "too_long_on_lot: in stock since 2025-02-10, at most 30 days",
    ),
    ({"days_on_lot": {"max": 31}}, {"date_in_stock": date(2025, 2, 10)}, None),
]


@pytest.mark.parametrize(("rules", "car", "expected"), CASES)
def test_the_reason_is_the_one_the_rules_give(
    rules: dict[str, object], car: dict[str, Any], expected: str | None
) -> None:
    assert reason(rules, car) == expected


def test_a_car_ordered_before_is_left_out_only_of_orders_that_compare() -> None:
    assert reason({"order_type": "cao"}, {"vin": "VIN1"}, ORDERED) == "already_ordered"
    assert reason({"order_type": "cao"}, {"vin": "VIN2"}, ORDERED) is None
    assert reason({"order_type": "list"}, {"vin": "VIN1"}, ORDERED) is None


def test_every_reason_is_documented_and_every_documented_reason_occurs() -> None:
    given = {reason_code(expected) for _, _, expected in CASES if expected} | {"already_ordered"}
    assert given == set(REASONS)


def test_the_first_reason_is_told_when_several_hold() -> None:
    car = {"stock": None, "price": 1.0, "on_lot_status": "offlot"}
    rules: dict[str, object] = {"exclude_conditions": ["offlot"], "require_stock": True, "min_price": 5}
    assert reason(rules, car) == "condition_excluded: offlot"


def test_the_reasons_stand_on_the_index_of_the_cars() -> None:
    frame = stored_cars({}, {"price": 1.0}).set_axis([7, 3])
    found = ineligible_reason(frame, parse_rules({"min_price": 5}, "test"), as_of=AS_OF)
    assert found.to_dict() == {7: None, 3: "price_below_min: 1 < 5"}


def test_no_cars_give_no_reasons() -> None:
    rules = parse_rules({"min_price": 5, "seasoning_days": 1, "exclude_makes": ["Kia"]}, "test")
    assert ineligible_reason(stored_cars(), rules, as_of=AS_OF).empty


def test_frames_with_database_types_are_judged_alike() -> None:
    frame = stored_cars({"price": 24000.0}, {"price": None, "gone_date": date(2025, 3, 1)}, {})
    other = frame.assign(
        price=pd.Series([Decimal("24000.00"), None, Decimal("65000.00")], dtype=object),
        year=frame["year"].astype("float64"),
        date_in_stock=pd.to_datetime(frame["date_in_stock"]),
        last_seen_date=pd.to_datetime(frame["last_seen_date"]),
        gone_date=pd.to_datetime(frame["gone_date"]),
    )
    rules = parse_rules({"min_price": 25000, "seasoning_days": 3, "year_min": 2020}, "test")
    expected = ["price_below_min: 24000 < 25000", "gone: 2025-03-01", None]
    assert ineligible_reason(frame, rules, as_of=AS_OF).tolist() == expected
    assert ineligible_reason(other, rules, as_of=AS_OF).tolist() == expected


def _dates() -> st.SearchStrategy[date | None]:
    return st.one_of(st.none(), st.sampled_from([0, 1, 6, 7, 8, 29, 30, 31]).map(lambda n: AS_OF - timedelta(n)))


cars = st.fixed_dictionaries(
    {
        "vin": st.sampled_from(["VIN1", "VIN2", "VIN3"]),
        "stock": st.sampled_from([None, "", " ", "A1"]),
        "vehicle_condition": st.sampled_from(["new", "po", "cpo"]),
        "on_lot_status": st.sampled_from(["onlot", "offlot", "unknown"]),
        "year": st.sampled_from([None, 2018, 2020, 2021, 2023]),
        "make": st.sampled_from([None, "bmw", *MAKES]),
        "model": st.sampled_from([None, "f150", *MODELS]),
        "status": st.sampled_from([None, "InStock", *STATUSES]),
        "price": st.sampled_from([None, 0.5, 24999.5, 25000.0, 30000.0, 1e6]),
        "date_in_stock": _dates(),
        "first_seen_date": _dates(),
        "last_seen_date": _dates(),
        "gone_date": st.one_of(st.none(), st.none(), _dates()),
    }
)


def squeezed(text: str | None) -> str:
    return "".join(char for char in (text or "").lower() if char not in " -.")


def first_failure(car: dict[str, Any], rules: FilteringRules) -> str | None:
    """The rules once more, one car at a time, as a person would read them."""

    def fails() -> Any:
        age_of = car["date_in_stock"] or car["first_seen_date"]
        age = (AS_OF - age_of).days if age_of else None
        seen = car["last_seen_date"]
        lots = {car["vehicle_condition"], car["on_lot_status"]}
        lowest, highest = rules.lowest_price, rules.highest_price
        price, year = car["price"], car["year"]
        yield "gone", car["gone_date"] is not None
        yield (
            "not_seen_recently",
            rules.days_back is not None and (seen is None or (AS_OF - seen).days > rules.days_back),
        )
        yield "condition_excluded", bool(lots & set(rules.exclude_conditions))
        yield "type_not_allowed", rules.types is not None and car["vehicle_condition"] not in rules.types
        yield "in_transit", rules.exclude_in_transit and squeezed(car["status"]).startswith("intransit")
        yield "status_excluded", squeezed(car["status"]) in rules.exclude_status
        yield "missing_stock", rules.needs_stock and not (car["stock"] or "").strip()
        yield "missing_year", year is None and (rules.year_min or rules.year_max)
        yield "year_below_min", year is not None and rules.year_min is not None and year < rules.year_min
        yield "year_above_max", year is not None and rules.year_max is not None and year > rules.year_max
        yield "missing_price", price is None and (rules.exclude_missing_price or lowest or highest)
        yield "price_below_min", price is not None and lowest is not None and price < lowest
        yield "price_above_max", price is not None and highest is not None and price > highest
        yield "make_excluded", squeezed(car["make"]) in rules.exclude_makes
        makes = rules.include_only_makes
        yield "make_not_included", makes is not None and squeezed(car["make"]) not in makes
        yield "model_excluded", squeezed(car["model"]) in rules.exclude_models
        yield "too_new_on_lot", rules.lowest_days_on_lot and (age is None or age < rules.lowest_days_on_lot)
        longest = rules.days_on_lot.max
        yield "too_long_on_lot", longest is not None and age is not None and age > longest
        yield "already_ordered", rules.order_type == "cao" and car["vin"] in ORDERED

    return next((code for code, failed in fails() if failed), None)


def judged(inventory: list[dict[str, Any]], rules: FilteringRules) -> list[str | None]:
    found = ineligible_reason(stored_cars(*inventory), rules, as_of=AS_OF, ordered_vins=ORDERED)
    return [text and reason_code(text) for text in found]


@settings(deadline=None, max_examples=150)
@given(st.lists(cars, min_size=1, max_size=8), rule_sets())
def test_the_vectorised_rules_are_the_rules_read_car_by_car(
    inventory: list[dict[str, Any]], rules: FilteringRules
) -> None:
    assert judged(inventory, rules) == [first_failure(car, rules) for car in inventory]


@settings(deadline=None)
@given(st.lists(cars, min_size=1, max_size=8), rule_sets(), rule_sets())
def test_tightened_rules_admit_exactly_the_cars_that_both_admit(
    inventory: list[dict[str, Any]], rules: FilteringRules, filters: FilteringRules
) -> None:
    both = [code is None for code in judged(inventory, rules.stricter(filters))]
    each = zip(judged(inventory, rules), judged(inventory, filters), strict=True)
    assert both == [one is None and other is None for one, other in each]


def test_no_filter_admits_what_the_rules_admit() -> None:
    rules = parse_rules({"min_price": 25000, "days_back": 30}, "test")
    inventory: list[dict[str, Any]] = [{"last_seen_date": AS_OF - timedelta(20)}, {"price": 1.0}]
    assert judged(inventory, rules.stricter(parse_filters({}, "test"))) == judged(inventory, rules)
