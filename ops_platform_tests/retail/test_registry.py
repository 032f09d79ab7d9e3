from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from ops_platform.retail import automations
from ops_platform.retail.registry import AUTOMATIONS, UnknownAutomationError, by_name

FILES = [found.name for found in pkgutil.iter_modules(automations.__path__)]


def test_every_file_with_an_automation_is_registered() -> None:
    made = [import_module(f"{automations.__name__}.{name}") for name in FILES]
    assert {module.AUTOMATION.name for module in made} == {automation.name for automation in AUTOMATIONS}


def test_automations_stand_in_the_order_of_the_owners_list_each_once() -> None:
    numbers = [automation.number for automation in AUTOMATIONS]
    assert numbers == sorted(set(numbers))
    assert len({automation.name for automation in AUTOMATIONS}) == len(AUTOMATIONS)


def test_what_comes_first_is_registered_and_never_goes_round_in_a_circle() -> None:
    seen: set[str] = set()
    waiting = list(AUTOMATIONS)
    while ready := [found for found in waiting if seen.issuperset(found.after)]:
        seen.update(found.name for found in ready)
        waiting = [found for found in waiting if found not in ready]
    assert waiting == []


@pytest.mark.parametrize("automation", AUTOMATIONS, ids=lambda found: found.name)
def test_a_clock_names_a_minute_so_that_nothing_runs_twice_an_hour(automation: object) -> None:
    fields = automation.cron.split()  # type: ignore[attr-defined]
    assert len(fields) == 5
    assert fields[0].isdigit()


@pytest.mark.parametrize(
    ("name", "number", "cron"),
    [
        ("total_sold", 10, "0 2 * * *"),
        ("related_items", 11, "0 2 * * *"),
        ("always_online", 12, "0 4 * * *"),
        ("sort_order", 13, "0 4 * * *"),
        ("featured_products", 14, "0 4 * * *"),
    ],
)
def test_the_daily_automations_run_at_the_owners_hours(name: str, number: int, cron: str) -> None:
    assert (by_name(name).number, by_name(name).cron) == (number, cron)


def test_an_automation_is_found_by_its_name() -> None:
    assert by_name("total_sold").number == 10


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownAutomationError, match=r"no automation 'total-sold'.*total_sold, related_items"):
        by_name("total-sold")
