from __future__ import annotations

import pytest

from ops_platform.vehicles.output_rules import (
    FIELD_NAMES,
    IllustratorRules,
    OutputRules,
    QrRules,
    parse_output_rules,
)
from ops_platform.vehicles.rule_errors import RulesError

PREMIUM = {
    "include_qr": True,
    "format": "premium",
    "sort_by": ["model", "year"],
    "fields": ["vin", "stock", "year", "make", "model", "trim", "price", "msrp"],
}


def problem(value: object) -> str:
    with pytest.raises(RulesError) as caught:
        parse_output_rules(value, "X")
    return str(caught.value).removeprefix("X: ")


def test_the_output_rules_of_the_owners_guide_are_read() -> None:
    rules = parse_output_rules(PREMIUM, "X")
    assert rules.include_qr
    assert rules.sort_by == ("model", "year")
    assert rules.columns == tuple(PREMIUM["fields"])  # type: ignore[arg-type]


def test_without_fields_the_format_gives_the_columns_of_the_owners_examples() -> None:
    assert list(parse_output_rules({"format": "premium"}, "X").columns) == PREMIUM["fields"]
    assert parse_output_rules({}, "X").columns == ("vin", "stock", "year", "make", "model", "price")


def test_the_defaults_are_those_of_the_print_shop() -> None:
    rules = parse_output_rules({}, "X")
    assert rules.include_qr
    assert rules.qr == QrRules(payload="url_utm", size_px=388, error_correction="auto", dpi=300)
    assert rules.illustrator == IllustratorRules(bom=False, ascii_fold=False)
    assert (rules.templates, rules.indesign, rules.google_feed) == ((), False, False)


def test_a_premium_job_gets_premium_columns_from_a_standard_dealership() -> None:
    assert "msrp" in parse_output_rules({}, "X").for_job("premium").columns


@pytest.mark.parametrize("job_type", ["standard", "anything", ""])
def test_a_standard_job_takes_nothing_from_a_premium_dealership(job_type: str) -> None:
    assert "msrp" in parse_output_rules({"format": "premium"}, "X").for_job(job_type).columns


def test_explicit_fields_win_over_the_job_type() -> None:
    rules = parse_output_rules({"fields": ["vin"]}, "X").for_job("premium")
    assert rules.columns == ("vin",)


def test_an_unknown_field_or_sort_key_is_refused_with_the_nearest_name() -> None:
    assert 'fields[1]: "pricee" is not known; did you mean "price"?' in problem({"fields": ["vin", "pricee"]})
    assert 'sort_by[0]: "modle" is not known; did you mean "model"?' in problem({"sort_by": ["modle"]})


@pytest.mark.parametrize("hostile", ["vin; DROP TABLE x", "vehicle_condition", "password", ""])
def test_the_lists_of_fields_and_sort_keys_are_closed(hostile: str) -> None:
    assert hostile not in FIELD_NAMES
    assert problem({"sort_by": [hostile]})
    assert problem({"fields": [hostile]})


def test_an_unknown_key_is_refused_also_inside() -> None:
    assert problem({"include_qrs": True}) == 'unknown key "include_qrs"; did you mean "include_qr"?'
    assert problem({"qr": {"sizepx": 300}}) == 'qr: unknown key "sizepx"; did you mean "size_px"?'


@pytest.mark.parametrize(
    "value",
    [
        {"fields": []},
        {"fields": ["vin", "vin"]},
        {"sort_by": ["year", "year"]},
        {"fields": "vin"},
        {"format": "premuim"},
        {"templates": ["flyer"]},
        {"include_qr": "yes"},
        {"qr": {"size_px": 10}},
        {"qr": {"size_px": 300.5}},
        {"qr": {"dpi": 0}},
        {"qr": {"error_correction": "X"}},
        {"qr": {"payload": "html"}},
        {"illustrator": {"bom": 1}},
    ],
)
def test_a_value_outside_its_bounds_is_refused(value: object) -> None:
    assert problem(value)


def test_output_rules_survive_a_round_trip_through_json() -> None:
    rules = parse_output_rules({**PREMIUM, "templates": ["flyout"], "qr": {"payload": "vin"}}, "X")
    assert OutputRules.model_validate_json(rules.model_dump_json()) == rules
