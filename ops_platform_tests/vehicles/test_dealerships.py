from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path

import pytest

from ops_platform.core.text import fold_key
from ops_platform.vehicles.dealerships import (
    SHIPPED_FILE,
    SHIPPED_PACKAGE,
    Dealership,
    load_aliases,
    load_dealerships,
)
from ops_platform.vehicles.rule_errors import RulesError
from ops_platform.vehicles.rules import parse_output_rules, parse_rules

SMALL = """
qr_root: C:\\qr_codes
defaults:
  filtering_rules: {require_stock: true, min_price: 0}
  output_rules: {sort_by: [model]}
dealerships:
  first: {name: First Ford, aliases: [First Ford West]}
  second: {name: Second Kia, filtering_rules: {min_price: null, year_min: 2020}, output_rules: {format: premium}}
not_clients: [Third Auto]
"""


@pytest.fixture(scope="module")
def shipped_text() -> str:
    return files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped(shipped_text: str) -> list[Dealership]:
    return load_dealerships(shipped_text)


def problem(text: str) -> str:
    with pytest.raises(RulesError) as caught:
        load_dealerships(text)
    return str(caught.value)


def test_forty_dealerships_are_shipped(shipped: list[Dealership]) -> None:
    assert len(shipped) == 40
    assert len({dealership.name for dealership in shipped}) == 40


def test_every_shipped_qr_folder_is_a_windows_folder_of_its_own(shipped: list[Dealership]) -> None:
    assert all(d.qr_output_path == f"C:\\qr_codes\\{d.slug}\\" for d in shipped)
    assert len({d.slug for d in shipped}) == 40


def test_only_the_dealership_that_compares_orders_has_special_rules(shipped: list[Dealership]) -> None:
    special = [d for d in shipped if d.rules.order_type == "cao"]
    assert [d.name for d in special] == ["Weber Chevrolet"]
    assert special[0].rules.exclude_in_transit
    assert "exclude_conditions" not in special[0].filtering_rules
    others = [d for d in shipped if d.rules.order_type == "list"]
    assert all(d.rules.exclude_conditions == ("offlot",) and d.rules.needs_stock for d in others)


def test_the_rules_are_there_as_json_for_the_database_too(shipped: list[Dealership]) -> None:
    for dealership in shipped:
        assert parse_rules(json.loads(json.dumps(dealership.filtering_rules)), "x") == dealership.rules
        assert parse_output_rules(json.loads(json.dumps(dealership.output_rules)), "x") == dealership.output


def test_every_alias_leads_to_a_dealership_or_to_no_client(shipped: list[Dealership], shipped_text: str) -> None:
    aliases = load_aliases(shipped_text)
    names = {d.name for d in shipped}
    assert {name for name in aliases.values() if name is not None} <= names
    assert aliases["Tom Stehouwer Auto Sales"] is None
    assert aliases["Weber Creve Coeur"] == "Weber Chevrolet"
    assert len({fold_key(alias) for alias in aliases}) == len(aliases)


def test_differences_are_laid_over_the_defaults_and_null_takes_one_away() -> None:
    first, second = load_dealerships(SMALL)
    assert first.filtering_rules == {"require_stock": True, "min_price": 0}
    assert second.filtering_rules == {"require_stock": True, "year_min": 2020}
    assert second.output_rules == {"sort_by": ["model"], "format": "premium"}
    assert load_aliases(SMALL) == {"First Ford West": "First Ford", "Third Auto": None}


def test_a_posix_root_gives_posix_folders() -> None:
    (first, _) = load_dealerships(SMALL.replace("C:\\qr_codes", "/srv/qr"))
    assert first.qr_output_path == "/srv/qr/first/"


def test_a_wrong_rule_names_the_dealership_and_the_nearest_key() -> None:
    message = problem(SMALL.replace("year_min", "yaer_min"))
    assert message == 'dealership "Second Kia", filtering_rules: unknown key "yaer_min"; did you mean "year_min"?'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("second:", "first:", 'the key "first" is given twice'),
        ("second:", "FIRST:", "one folder on Windows"),
        ("second:", "NUL:", '"NUL" cannot be a folder name'),
        ("second:", "a/b:", "cannot be a folder name"),
        ("Second Kia", "first ford", 'would mean both "First Ford (first)" and "first ford (second)"'),
        ("Second Kia", "'...'", "no letter or digit"),
        ("First Ford West", "Second Kia", "would mean both"),
        ("Third Auto", "First Ford", 'and "no client"'),
        ("name: First Ford,", "", "dealerships.first.name: is missing"),
        ("name: First Ford,", "nmae: First Ford,", 'did you mean "name"'),
        ("defaults:", "default:", 'did you mean "defaults"'),
        ("qr_root: C:\\qr_codes", "qr_root: 5", "qr_root"),
        ("dealerships:", "dealerships: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_refused_and_the_message_names_the_place(old: str, new: str, words: str) -> None:
    assert words in problem(SMALL.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "just text", "- a list", "!!python/object/apply:os.getcwd []"])
def test_a_text_that_is_no_dealerships_file_is_refused(text: str) -> None:
    assert problem(text).startswith("dealerships file: ")


@pytest.mark.realdata
def test_the_shipped_dealerships_are_the_operators_own(shipped: list[Dealership], real_vehicles: Path) -> None:
    with (real_vehicles / "dealership_configs.csv").open(encoding="utf-8", newline="") as file:
        operators = {row["name"]: row for row in csv.DictReader(file)}
    assert {d.name for d in shipped} == set(operators)
    for dealership in shipped:
        row = operators[dealership.name]
        rules = parse_rules(json.loads(row["filtering_rules"]), dealership.name)
        # Notes are for people; ours are our own words.
        same_notes = dealership.rules.model_copy(update={"notes": rules.notes})
        assert same_notes == rules
        assert dealership.output == parse_output_rules(json.loads(row["output_rules"]), dealership.name)
        assert dealership.qr_output_path == row["qr_output_path"]


@pytest.mark.realdata
def test_the_shipped_aliases_are_the_operators_own(shipped_text: str, real_vehicles: Path) -> None:
    with (real_vehicles / "location_aliases.csv").open(encoding="utf-8", newline="") as file:
        operators = {row["csv_location"]: row["config_name"] or None for row in csv.DictReader(file)}
    assert load_aliases(shipped_text) == operators
