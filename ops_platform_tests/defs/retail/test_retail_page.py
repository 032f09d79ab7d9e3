"""docs/retail.md says what the code says: its tables of automations, checks and notes are made from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ops_platform.defs.retail.checks import of_automations, of_store
from ops_platform.paths import project_root
from ops_platform.retail.featuring import MOST
from ops_platform.retail.notes import CODES
from ops_platform.retail.registry import AUTOMATIONS, by_name
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.defs.test_definitions import WRITE

PAGE = project_root() / "docs" / "retail.md"
_HOURS = {"0 * * * *": "every hour", "0 6-20/2 * * *": "every 2 hours, 06:00 to 20:00"}
_DAILY = re.compile(r"(\d+) (\d+) \* \* \*")


def automations() -> Iterator[str]:
    yield "| no | name | what it does | when | writes to | runs after |"
    yield "|---|---|---|---|---|---|"
    for a in AUTOMATIONS:
        after = ", ".join(f"`{name}`" for name in a.after) or "-"
        yield (f"| {a.number} | `{a.name}` | {a.description} | {when(a.cron)} | {', '.join(a.targets)} | {after} |")


def when(cron: str) -> str:
    if found := _DAILY.fullmatch(cron):
        return f"{int(found[2]):02}:{int(found[1]):02}"
    return _HOURS.get(cron, f"`{cron}`")


def checks() -> Iterator[str]:
    yield "| asset | check | why |"
    yield "|---|---|---|"
    told = set()
    for spec in (*of_store.specs, *of_automations.specs):
        if spec.name not in told:
            told.add(spec.name)
            same = [s for s in (*of_store.specs, *of_automations.specs) if s.name == spec.name]
            asset = spec.asset_key.path[-1] if len(same) == 1 else "each automation that changes values"
            if spec.name == "no_plan_waits":
                asset = "each automation"
            yield f"| {asset} | `{spec.name}` | {' '.join((spec.description or '').split())} |"


def notes() -> Iterator[str]:
    yield "| code | what it means, and what to do |"
    yield "|---|---|"
    for code, text in CODES.items():
        yield f"| `{code}` | {text} |"


@pytest.mark.parametrize(("part", "rows"), [("automations", automations), ("checks", checks), ("notes", notes)])
def test_the_page_says_what_the_code_says(part: str, rows: object) -> None:
    assert callable(rows)
    made = "\n".join(rows())
    text = PAGE.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- {part}: [^\n]*-->\n).*?(<!-- end of {part} -->)", re.DOTALL)
    renewed = block.sub(lambda found: f"{found[1]}{made}\n{found[2]}", text)
    if WRITE:
        PAGE.write_text(renewed, encoding="utf-8")
    assert renewed == PAGE.read_text(encoding="utf-8"), (
        f"the table of {part} in docs/retail.md is out of date: "
        "OPS_WRITE_SNAPSHOTS=1 pytest ops_platform_tests/defs/retail/test_retail_page.py"
    )


STORE = RetailSettings()
DEFAULTS = {
    "inventory_upload": [f"{STORE.inventory_upload.min_available} or more are available"],
    "photos": [
        f"{STORE.photos.larger_than_bytes / 1e6:g} MB",
        f"{STORE.photos.fit_px} x {STORE.photos.fit_px}",
        f"quality {STORE.photos.quality} (less, down to {STORE.photos.lowest_quality}",
    ],
    "inactive_products": ["services", "More than a fifth at once" if STORE.inactive_products.max_share == 0.2 else "?"],
    "brands": ["`vendors`", "`company_brand`", "`overwrite`"],
    "stock_buffer": ["`precedence`", "`vendors`", "`categories`", "`default`"],
    "total_sold": ["all times and stores" if (STORE.total_sold.since, STORE.total_sold.stores) == (None, ()) else "?"],
    "related_items": [
        f"in the {STORE.related_items.days} days",
        f"of the last {STORE.related_items.fallback_days} days",
        "ten at most" if STORE.related_items.at_most == 10 else "?",
    ],
    "always_online": [f"The {STORE.always_online.top_n} items", "unless `unset_dropouts`"],
    "sort_order": [
        f"in the {STORE.sort_order.days} days",
        f"within {STORE.sort_order.new_within_days} days",
        f"at {STORE.sort_order.new_min_price} or more gets -N + {STORE.sort_order.new_places_below_top}",
    ],
    "featured_products": [f"The {STORE.featured_products.top_n} products", f"Never more than {MOST}"],
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_an_automations_part_says_its_number_and_the_settings_defaults(name: str) -> None:
    [part] = re.findall(
        rf"^### `{name}` \({by_name(name).number}\)\n(.*?)^##",
        PAGE.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    for said in DEFAULTS[name]:
        assert said in " ".join(part.split())


def test_the_page_names_no_command_that_is_none() -> None:
    from ops_platform.cli.retail import group

    known = {command.name or command.callback.__name__ for command in group.registered_commands if command.callback}
    assert set(re.findall(r"ops retail ([a-z-]+)", PAGE.read_text(encoding="utf-8"))) <= known
