"""docs/texts.md says what the code says: its tables of campaigns and reasons are made from it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest

from ops_platform.paths import project_root
from ops_platform.retail.campaigns.audience import REASONS
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.model import Campaign

WRITE = bool(os.environ.get("OPS_WRITE_SNAPSHOTS"))  # now: no test sees settings of this machine
PAGE = project_root() / "docs" / "texts.md"
_AFTER = {"first_sale": "the first purchase", "last_sale": "the last purchase"}


def campaigns() -> Iterator[str]:
    yield "| campaign | for | when (the store's time) | picture | balance | coupon until |"
    yield "|---|---|---|---|---|---|"
    for each in CAMPAIGNS:
        whom = f"{(each.category or 'all').lower()} customers" + (
            ", not their first purchase" if each.returning else ""
        )
        balance = "yes" if each.balance_line else "-"
        yield f"| `{each.name}` | {whom} | {when(each)} | {each.media or '-'} | {balance} | {until(each)} |"


def when(campaign: Campaign) -> str:
    if campaign.date_column == "birth_month":
        return (
            f"{campaign.at:%H:%M} on the 1st of a birthday's month (caught up until the {1 + campaign.catch_up_days}rd)"
        )
    return f"{campaign.at:%H:%M}, day {campaign.days_after} after {_AFTER[campaign.date_column]}"


def until(campaign: Campaign) -> str:
    if campaign.coupon is None:
        return "-"
    if campaign.coupon.days_after_purchase is not None:
        return f"{campaign.coupon.days_after_purchase} days after the purchase ({campaign.coupon.offer})"
    return f"the {campaign.coupon.day_of_next_month}th of the next month ({campaign.coupon.offer})"


def reasons() -> Iterator[str]:
    yield "| code | what it means |"
    yield "|---|---|"
    for code, text in REASONS.items():
        yield f"| `{code}` | {text} |"


@pytest.mark.parametrize(("part", "rows"), [("campaigns", campaigns), ("reasons", reasons)])
def test_the_page_of_texts_says_what_the_code_says(part: str, rows: Callable[[], Iterator[str]]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- {part}: [^\n]*-->\n).*?(<!-- end of {part} -->)", re.DOTALL)
    made = "\n".join(rows())
    renewed = block.sub(lambda found: f"{found[1]}{made}\n{found[2]}", text)
    if WRITE:
        PAGE.write_text(renewed, encoding="utf-8")
    assert renewed == PAGE.read_text(encoding="utf-8"), (
        f"the table of {part} in docs/texts.md is out of date: "
        "OPS_WRITE_SNAPSHOTS=1 pytest ops_platform_tests/retail/campaigns/test_texts_page.py"
    )


def test_the_page_of_texts_names_no_command_that_is_none() -> None:
    from ops_platform.cli.texts import group

    known = {command.name or command.callback.__name__ for command in group.registered_commands if command.callback}
    assert set(re.findall(r"ops texts (\w+)", PAGE.read_text(encoding="utf-8"))) <= known
