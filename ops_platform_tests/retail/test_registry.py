from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from ops_platform.retail import automations
from ops_platform.retail.campaigns import automations as campaigns
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.registry import AUTOMATIONS, UnknownAutomationError, by_name

FILES = [found.name for found in pkgutil.iter_modules(automations.__path__)]


def test_every_file_with_an_automation_is_registered() -> None:
    made = [import_module(f"{automations.__name__}.{name}") for name in FILES]
    texts = {automation.name for automation in campaigns.AUTOMATIONS}
    assert {module.AUTOMATION.name for module in made} | texts == {automation.name for automation in AUTOMATIONS}
    assert len(texts) == len(CAMPAIGNS)


def test_automations_stand_in_the_order_of_the_owners_list_each_once() -> None:
    numbers = [automation.number for automation in AUTOMATIONS]
    assert numbers == sorted(numbers)
    # The reports of items 15 and 16 are two mails each.
    assert {number for number in numbers if numbers.count(number) > 1} == {15, 16}
    assert len({automation.name for automation in AUTOMATIONS}) == len(AUTOMATIONS)


def test_what_comes_first_is_registered_and_never_goes_round_in_a_circle() -> None:
    seen: set[str] = set()
    waiting = list(AUTOMATIONS)
    while ready := [found for found in waiting if seen.issuperset(found.after)]:
        seen.update(found.name for found in ready)
        waiting = [found for found in waiting if found not in ready]
    assert waiting == []


@pytest.mark.parametrize("automation", AUTOMATIONS, ids=lambda found: found.name)
def test_a_clock_names_its_minutes_so_that_nothing_runs_at_every_one_of_an_hour(automation: object) -> None:
    fields = automation.cron.split()  # type: ignore[attr-defined]
    assert len(fields) == 5
    assert fields[0] in ("0", "30", "0,30")


@pytest.mark.parametrize(
    ("name", "number", "cron"),
    [
        ("new_customers", 1, "0,30 * * * *"),
        ("contact_1", 2, "0,30 * * * *"),
        ("email_lists", 9, "0 6-20/2 * * *"),
        ("total_sold", 10, "0 2 * * *"),
        ("related_items", 11, "0 2 * * *"),
        ("always_online", 12, "0 4 * * *"),
        ("sort_order", 13, "0 4 * * *"),
        ("featured_products", 14, "0 4 * * *"),
        ("refunded_customers", 22, "0 5,21 * * *"),
        ("wholesale_loyalty", 23, "0 21 * * *"),
        ("negative_balances", 24, "0 21 * * *"),
        ("text_first_time_1", 25, "30 18 * * *"),
        ("text_first_time_2", 26, "0 19 * * *"),
        ("text_first_time_3", 27, "30 11 * * *"),
        ("text_returning_1", 28, "30 11 * * *"),
        ("text_returning_2", 29, "0 19 * * *"),
        ("text_returning_3", 30, "30 15 * * *"),
        ("text_birthday", 31, "0 9 1-3 * *"),
        ("text_wholesale", 32, "30 10 * * *"),
    ],
)
def test_automations_run_at_the_owners_hours(name: str, number: int, cron: str) -> None:
    assert (by_name(name).number, by_name(name).cron) == (number, cron)


def test_balances_and_refunds_are_set_right_before_lists_are_made_of_them() -> None:
    assert set(by_name("email_lists").after) == {"refunded_customers", "wholesale_loyalty", "negative_balances"}
    assert by_name("contact_1").after == ("new_customers",)


def test_an_automation_is_found_by_its_name() -> None:
    assert by_name("total_sold").number == 10


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownAutomationError, match=r"no automation 'total-sold'.*total_sold, related_items"):
        by_name("total-sold")
