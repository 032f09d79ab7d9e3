"""Item 7: an item without a brand gets the one its description names, else the company's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ops_platform.retail.automation import Automation, Inputs, Items, Need, Plan, note
from ops_platform.retail.bindings import typed
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import change, item_labels, sorted_changes
from ops_platform.settings_retail import RetailSettings

WIDTH = 10
"""Characters of the point of sale's brand code."""


class _Keyword(NamedTuple):
    words: str
    brand: str
    pattern: re.Pattern[str]


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items."""
    return {"items": Items()}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Brands by whole words of the description, the longest first; then by vendor; else the company's own.

    A keyword matches whole words only (BEE is not in BEETROOT), in any case. The longest matching keyword counts,
    whatever its place in the settings; further matches are noted. A brand that is there is only replaced by one that
    the description names, and only with `overwrite`.
    """
    rules = settings.brands
    keywords = _keywords(rules.keywords)
    vendors = {typed(vendor): brand.strip() for vendor, brand in rules.vendors.items()}
    given = {*(keyword.brand for keyword in keywords), *vendors.values()}
    notes = [note("brand_too_long", brand, f"{WIDTH} characters are the most") for brand in given if len(brand) > WIDTH]
    items = inputs["items"]
    open_items = [item for item in items.to_dict("records") if rules.overwrite or item["brand"] is None]
    labels = item_labels(items)
    rows: list[dict[str, Any]] = []
    for item in open_items:
        found = list(_named(item["long_descr"] or item["descr"] or "", keywords))
        if len({keyword.brand for keyword in found}) > 1:
            names = ", ".join(f"{keyword.words} ({keyword.brand})" for keyword in found)
            notes.append(note("two_brands", item["item_no"], names))
        brand, why = _brand(item, found, vendors, rules.company_brand.strip())
        if not brand or len(brand) > WIDTH:
            continue
        number, old = item["item_no"], item["brand"]
        rows.append(
            change("counterpoint", number, "brand", old=old, new=typed(brand), reason=why, label=labels[number])
        )
    changes = sorted_changes(rows)
    return Plan(
        changes=changes,
        notes=notes_frame(notes),
        considered=len(open_items),
        held=_held(len(changes), rules.max_changes),
        figures={
            "without_brand": len(open_items),
            **{f"to_{b}": int(n) for b, n in changes["new"].value_counts().items()},
        },
    )


def _brand(item: Mapping[Any, Any], named: list[_Keyword], vendors: Mapping[str, str], company: str) -> tuple[str, str]:
    """The brand an item should have and why; empty where it keeps what it has."""
    if named:
        return named[0].brand, f"its description names {named[0].words}"
    if item["brand"] is not None:
        return "", ""
    vendor = item["vendor"]
    if vendor is not None and vendors.get(typed(vendor)):
        return vendors[typed(vendor)], f"vendor {vendor}"
    return company, "no brand named"


def _held(changed: int, most: int) -> str | None:
    if changed <= most:
        return None
    return (
        f"{changed:,} brands would change at once, more than {most:,} (brands.max_changes). If that is right, as on "
        "the first run, approve it: ops retail approve"
    )


def _keywords(given: Mapping[str, str]) -> list[_Keyword]:
    """Longest first; equal ones in the order of the alphabet, so that a plan never depends on the file's order."""
    ordered = sorted(given.items(), key=lambda pair: (-len(pair[0]), pair[0]))
    return [
        _Keyword(words, brand.strip(), re.compile(rf"(?<!\w){re.escape(words.strip())}(?!\w)", re.IGNORECASE))
        for words, brand in ordered
        if words.strip()
    ]


def _named(text: str, keywords: list[_Keyword]) -> Iterator[_Keyword]:
    return (keyword for keyword in keywords if keyword.pattern.search(text))


AUTOMATION = Automation(
    name="brands",
    number=7,
    title="Set brands",
    description="Gives items without a brand the one their description names, else the company's own.",
    cron="0 6-20/2 * * *",
    targets=("counterpoint",),
    needs=needs,
    plan=plan,
)
