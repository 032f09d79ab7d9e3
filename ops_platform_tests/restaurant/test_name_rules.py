"""The rules of cleaning: what is shipped is sound, and what is wrong with a row is said with its line."""

from __future__ import annotations

import csv
import importlib.resources
import io

import pytest

from ops_platform.restaurant.clean_names import clean_name
from ops_platform.restaurant.name_rules import STEPS, NameRulesError, RuleSet, load_rules, parse_rules

HEADER = "rule_set,step,pattern,replacement,source,note\n"
SHIPPED = (importlib.resources.files("ops_platform.restaurant") / "data/name_rules.csv").read_text("utf-8")
SETS: list[RuleSet] = ["seed", "operator"]


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(NameRulesError) as caught:
        parse_rules(text, "seed")
    return caught.value.problems


@pytest.mark.parametrize("rule_set", SETS)
def test_the_shipped_rules_are_sound(rule_set: RuleSet) -> None:
    rules = load_rules(rule_set)
    assert rules.rule_set == rule_set
    assert rules is load_rules(rule_set)
    assert rules.typos
    assert rules.variants
    assert rules.types
    assert rules.diets


def test_every_step_is_told_and_used_and_every_row_says_where_it_is_from() -> None:
    rows = list(csv.DictReader(io.StringIO(SHIPPED)))
    assert {row["step"] for row in rows} == set(STEPS)
    assert all(row["source"] for row in rows)


def test_only_the_operators_set_knows_flavours_renames_of_items_and_occasions() -> None:
    seed, operator = load_rules("seed"), load_rules("operator")
    assert not seed.flavours
    assert not seed.occasions
    assert operator.flavours
    assert operator.occasions
    assert len(operator.renames) > len(seed.renames)


@pytest.mark.parametrize("flavour", load_rules("operator").flavours, ids=lambda flavour: flavour.text)
def test_a_flavour_has_one_name_however_it_is_written(flavour) -> None:  # type: ignore[no-untyped-def]
    rules = load_rules("operator")
    forms = [flavour.text, f"{flavour.text} Ice Cream", f"{flavour.text.upper()} (Mini Tub (200ml))", flavour.name]
    assert {clean_name(form, rules).name for form in forms} == {flavour.name}
    eggless = {clean_name(f"Eggless {form}", rules).name for form in forms[:2]}
    assert eggless == {flavour.name if flavour.only_eggless else f"Eggless {flavour.name}"}
    assert clean_name(f"Egg Based {flavour.text} Ice Cream", rules).name == f"Egg Based {flavour.text} Ice Cream"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("seed,tipo,Vanila,Vanilla,,", 'line 2: unknown step "tipo"; known are typo,'),
        ("sed,typo,Vanila,Vanilla,,", 'line 2: rule_set "sed" is not one of seed, operator, both'),
        ("seed,typo,(Vanila,Vanilla,,", 'line 2: the pattern "(Vanila" is no regular expression'),
        ("seed,typo,x*,Vanilla,,", 'line 2: the pattern "x*" fits an empty text'),
        ("seed,typo,,Vanilla,,", 'line 2: the pattern "" fits an empty text'),
        ("seed,typo,Vanila,,,", "line 2: the typo has no replacement"),
        ("seed,typo,(Vanila),\\2,,", 'line 2: the replacement "\\2" does not suit the pattern'),
        ("seed,type,Pie,Cake,,", 'line 2: "Cake" is no type; known are Ice Cream, Dessert'),
        ("seed,variant,mini tub,mini tub,,", 'line 2: "mini tub" is no variant; write one like REGULAR_TUB_300ML'),
        ("seed,occasion,holi,Holi,,", 'line 2: occasion only drops; "Holi" cannot stand for it'),
        ("seed,flavour,&,Rose Ice Cream,,", "line 2: the flavour needs a flavour and its name"),
        ("seed,typo,a,b,c", "line 2: 5 cells instead of 6; quote a pattern with commas"),
        ('seed,typo,"a,b,,', "line 2:"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_line(row: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems_of(f"{HEADER}{row}\n"))


def test_a_rule_that_can_never_work_is_wrong() -> None:
    text = f"{HEADER}seed,typo,Vanila,Vanilla,,\nseed,typo,vanila,Vanille,,\n"
    assert problems_of(text) == ("line 3: the same typo stands in line 2",)


def test_all_problems_are_told_at_once_and_also_those_of_the_other_set() -> None:
    assert len(problems_of(f"{HEADER}seed,typo,(,x,,\noperator,tipo,a,b,,\n")) == 2


def test_a_file_without_the_columns_is_no_rules_file() -> None:
    assert "line 1: the columns are step, pattern" in problems_of("step,pattern\ntypo,x\n")[0]
    assert "line 1: the columns are missing" in problems_of("")[0]


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(NameRulesError, match="use seed or operator"):
        parse_rules(SHIPPED, "shop")  # type: ignore[arg-type]


def test_what_a_set_says_itself_goes_before_what_both_say() -> None:
    text = f"{HEADER}both,variant,big tub,BIG_TUB,,\noperator,variant,big tub,HUGE_TUB,,\n"
    assert clean_name("Rose (Big Tub)", parse_rules(text, "operator")).variant == "HUGE_TUB"
    assert clean_name("Rose (Big Tub)", parse_rules(text, "seed")).variant == "BIG_TUB"
