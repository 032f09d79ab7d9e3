"""Hypothesis strategies for rules, small enough that cars and rules meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ops_platform.vehicles.rules import FilteringRules, RulesError, parse_filters

MAKES = ["BMW", "Kia", "Mercedes-Benz"]
MODELS = ["X5", "F-150", "Rio"]
STATUSES = ["In-Stock", "in transit", "In Transit to U.S.", "Sold", "On Lot"]
PRICES = [0, 1, 24999.5, 25000, 30000]
YEARS = [2018, 2020, 2022]
DAYS = [0, 1, 7, 30]


def _some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), max_size=3)


_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "exclude_conditions": _some(["new", "po", "cpo", "offlot", "onlot", "unknown", "Used"]),
        "vehicle_types": st.lists(st.sampled_from(["new", "used", "certified"]), min_size=1, max_size=2),
        "allowed_vehicle_types": st.lists(st.sampled_from(["new", "po", "cpo"]), min_size=1, max_size=3),
        "require_stock": st.booleans(),
        "exclude_missing_stock_number": st.booleans(),
        "exclude_missing_price": st.booleans(),
        "exclude_in_transit": st.booleans(),
        "exclude_status": _some(STATUSES),
        "min_price": st.sampled_from(PRICES),
        "max_price": st.sampled_from(PRICES),
        "price_range": st.fixed_dictionaries(
            {}, optional={"min": st.sampled_from(PRICES), "max": st.sampled_from([*PRICES, 999999])}
        ),
        "min_year": st.sampled_from(YEARS),
        "year_max": st.sampled_from(YEARS),
        "exclude_makes": _some(MAKES),
        "include_only_makes": st.lists(st.sampled_from(MAKES), min_size=1, max_size=2),
        "exclude_models": _some(MODELS),
        "days_back": st.sampled_from(DAYS),
        "seasoning_days": st.sampled_from(DAYS),
        "days_on_lot": st.fixed_dictionaries(
            {}, optional={"min": st.sampled_from(DAYS), "max": st.sampled_from([*DAYS, 999])}
        ),
        "order_type": st.sampled_from(["list", "cao"]),
        "notes": st.sampled_from(["a", "b", "a\nb"]),
    },
)


def _read(document: dict[str, object]) -> FilteringRules | None:
    try:
        return parse_filters(document, "generated")
    except RulesError:
        return None


def rule_sets() -> st.SearchStrategy[FilteringRules]:
    """Rules without contradictions."""
    return _DOCUMENTS.map(_read).filter(lambda rules: rules is not None)  # type: ignore[return-value]
