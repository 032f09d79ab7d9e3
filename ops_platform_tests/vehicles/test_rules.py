from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from ops_platform.vehicles.rules import (
    DEFAULT_DAYS_BACK,
    FilteringRules,
    RulesError,
    parse_filters,
    parse_output_rules,
    parse_rules,
)
from ops_platform_tests.vehicles.rule_strategies import rule_sets

WHERE = 'dealership "X", filtering_rules'


def problem(value: object) -> str:
    with pytest.raises(RulesError) as caught:
        parse_rules(value, WHERE)
    assert str(caught.value).startswith(f"{WHERE}: ")
    return str(caught.value).removeprefix(f"{WHERE}: ")


def test_the_rules_of_the_owners_guide_are_read() -> None:
    rules = parse_rules(
        {"exclude_conditions": ["offlot"], "require_stock": True, "min_price": 0, "year_min": 2020}, WHERE
    )
    assert rules.exclude_conditions == ("offlot",)
    assert rules.needs_stock
    assert rules.year_min == 2020
    assert rules.days_back == DEFAULT_DAYS_BACK == 7


def test_an_unknown_key_is_refused_with_the_nearest_name() -> None:
    assert problem({"min_prise": 5}) == 'unknown key "min_prise"; did you mean "min_price"?'


def test_a_key_like_no_other_is_refused_with_the_whole_list() -> None:
    message = problem({"xyz": 5})
    assert message.startswith('unknown key "xyz"; known are ')
    assert "min_year" in message
    assert "seasoning_days" in message


def test_every_wrong_key_is_told_at_once() -> None:
    message = problem({"min_prise": 5, "requires_stock": True, "max_price": -1})
    for key in ("min_price", "require_stock", "max_price"):
        assert key in message


@pytest.mark.parametrize(("name", "other"), [("year_min", "min_year"), ("year_max", "max_year")])
def test_both_names_of_the_year_bounds_are_read(name: str, other: str) -> None:
    assert parse_rules({name: 2020}, WHERE) == parse_rules({other: 2020}, WHERE)
    assert "another name" in problem({name: 2020, other: 2021})


def test_a_missing_stock_number_is_excluded_by_each_of_the_three_keys() -> None:
    for key in ("require_stock", "exclude_missing_stock", "exclude_missing_stock_number"):
        assert parse_rules({key: True}, WHERE).needs_stock
    assert parse_rules({"require_stock": True, "exclude_missing_stock_number": True}, WHERE).needs_stock
    assert not parse_rules({"require_stock": False}, WHERE).needs_stock


@pytest.mark.parametrize("key", ["vehicle_types", "allowed_vehicle_types"])
@pytest.mark.parametrize(
    ("words", "types"),
    [
        (["used"], ("cpo", "po")),
        (["Certified"], ("cpo",)),
        (["PRE-OWNED"], ("po",)),
        (["pre owned", "New"], ("new", "po")),
        (["new", "cpo", "po", "certified", "pre-owned"], ("cpo", "new", "po")),
    ],
)
def test_vehicle_types_are_read_in_every_spelling(key: str, words: list[str], types: tuple[str, ...]) -> None:
    assert parse_rules({key: words}, WHERE).types == types


def test_two_lists_of_vehicle_types_allow_what_both_allow() -> None:
    rules = parse_rules({"vehicle_types": ["new", "used"], "allowed_vehicle_types": ["po"]}, WHERE)
    assert rules.types == ("po",)


def test_an_empty_list_that_would_admit_no_car_is_refused() -> None:
    assert "leave the key out" in problem({"vehicle_types": []})
    assert "leave the key out" in problem({"include_only_makes": []})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"min_price": 5, "max_price": 3}, "min_price 5 is over max_price 3"),
        ({"min_price": 5, "price_range": {"max": 3}}, "min_price 5 is over price_range.max 3"),
        ({"price_range": {"min": 5, "max": 3}}, "price_range.min 5 is over price_range.max 3"),
        ({"year_min": 2024, "year_max": 2020}, "year_min 2024 is over year_max 2020"),
        ({"seasoning_days": 10, "days_on_lot": {"max": 5}}, "seasoning_days 10 is over days_on_lot.max 5"),
        ({"days_on_lot": {"min": 9, "max": 5}}, "days_on_lot.min 9 is over days_on_lot.max 5"),
        ({"vehicle_types": ["used"], "exclude_conditions": ["po", "cpo"]}, "exclude_conditions"),
        ({"include_only_makes": ["BMW"], "exclude_makes": ["bmw"]}, "exclude_makes"),
    ],
)
def test_a_contradiction_is_refused_and_names_the_keys(value: dict[str, object], words: str) -> None:
    assert words in problem(value)


@pytest.mark.parametrize(
    "value",
    [
        {"min_price": "5"},
        {"min_price": True},
        {"min_price": float("nan")},
        {"min_price": -1},
        {"year_min": 20.5},
        {"year_min": 1066},
        {"require_stock": "yes"},
        {"require_stock": 1},
        {"exclude_makes": "BMW"},
        {"exclude_makes": [" - "]},
        {"exclude_makes": [1]},
        {"exclude_conditions": ["offlots"]},
        {"exclude_conditions": None},
        {"price_range": {"mix": 5}},
        {"order_type": "everything"},
        {"days_back": -1},
        {1: 2},
        [],
        "text",
        None,
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(value: object) -> None:
    assert problem(value)


def test_zero_and_all_nines_are_no_bound() -> None:
    rules = parse_rules(
        {
            "min_price": 0,
            "max_price": 0,
            "price_range": {"min": 0, "max": 999999},
            "days_on_lot": {"min": 0, "max": 999},
        },
        WHERE,
    )
    assert rules.lowest_price is None
    assert rules.highest_price is None
    assert rules.lowest_days_on_lot == 0
    assert rules.days_on_lot.max is None


def test_price_keys_and_price_range_hold_together() -> None:
    rules = parse_rules(
        {"min_price": 10, "max_price": 90, "price_range": {"min": 20, "max": 99}, "seasoning_days": 3}, WHERE
    )
    assert (rules.lowest_price, rules.highest_price) == (20, 90)


def test_rules_survive_a_round_trip_through_json() -> None:
    rules = parse_rules({"min_year": 2020, "vehicle_types": ["used"], "order_type": "CAO"}, WHERE)
    assert parse_rules(json.loads(rules.model_dump_json()), WHERE) == rules


def test_no_filter_leaves_the_rules_as_they_are() -> None:
    rules = parse_rules({"min_price": 10, "days_back": 30, "notes": "b"}, WHERE)
    assert rules.stricter(parse_filters(None, WHERE)) == rules
    assert rules.stricter(parse_filters({}, WHERE)) == rules


def test_a_filter_tightens_and_never_loosens() -> None:
    rules = parse_rules({"min_price": 30000, "year_min": 2020, "days_back": 3, "vehicle_types": ["used"]}, WHERE)
    filters = parse_filters(
        {"min_price": 25000, "year_min": 2022, "days_back": 9, "vehicle_types": ["new", "cpo"]}, WHERE
    )
    both = rules.stricter(filters)
    assert (both.min_price, both.year_min, both.days_back, both.types) == (30000, 2022, 3, ("cpo",))


def test_an_unknown_filter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RulesError, match='unknown key "min_prcie"; did you mean "min_price"'):
        parse_filters({"min_prcie": 1}, "filters")
    with pytest.raises(RulesError, match="must be an object"):
        parse_filters(["min_price"], "filters")


def test_contradicting_filters_make_rules_that_admit_nothing_instead_of_failing() -> None:
    both = parse_rules({"vehicle_types": ["new"]}, WHERE).stricter(parse_filters({"vehicle_types": ["used"]}, WHERE))
    assert both.types == ()


def test_every_rule_takes_part_in_tightening() -> None:
    strict = parse_rules(
        {
            "exclude_conditions": ["offlot"],
            "vehicle_types": ["new"],
            "allowed_vehicle_types": ["new"],
            "require_stock": True,
            "exclude_missing_stock": True,
            "exclude_missing_price": True,
            "exclude_in_transit": True,
            "exclude_status": ["Sold"],
            "min_price": 1,
            "max_price": 9,
            "price_range": {"min": 2, "max": 8},
            "year_min": 2000,
            "year_max": 2020,
            "exclude_makes": ["Kia"],
            "include_only_makes": ["BMW"],
            "exclude_models": ["X5"],
            "days_back": 1,
            "seasoning_days": 1,
            "days_on_lot": {"min": 2, "max": 8},
            "order_type": "cao",
            "notes": "why",
        },
        WHERE,
    )
    assert strict.model_fields_set == set(FilteringRules.model_fields), "add the new key to this test"
    assert FilteringRules().stricter(strict) == strict
    assert strict.stricter(FilteringRules()) == strict


@settings(deadline=None)
@given(rule_sets(), rule_sets(), rule_sets())
def test_tightening_is_idempotent_commutative_and_associative(
    a: FilteringRules, b: FilteringRules, c: FilteringRules
) -> None:
    assert a.stricter(a) == a
    assert a.stricter(b) == b.stricter(a)
    assert a.stricter(b).stricter(b) == a.stricter(b)
    assert a.stricter(b).stricter(c) == a.stricter(b.stricter(c))


@pytest.mark.realdata
def test_every_configuration_of_the_operator_is_read(real_vehicles: Path) -> None:
    with (real_vehicles / "dealership_configs.csv").open(encoding="utf-8", newline="") as file:
        configs = list(csv.DictReader(file))
    assert len(configs) == 40
    for config in configs:
        rules = parse_rules(json.loads(config["filtering_rules"]), config["name"])
        output = parse_output_rules(json.loads(config["output_rules"]), config["name"])
        assert rules.needs_stock
        assert output.include_qr
        if rules.order_type == "cao":
            assert rules.exclude_in_transit
            assert set(rules.types or ()) == {"new", "po", "cpo"}
            assert (rules.lowest_price, rules.highest_price) == (None, None)
