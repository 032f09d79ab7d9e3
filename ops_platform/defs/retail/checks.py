"""The checks of the store: what is read (stock, items), and what became of each automation's work.

verdicts.py answers, the UI shows both. Nothing blocks: an automation holds its own odd plans. What lacks coverage is a
WARN; that customers see an old list is an ERROR.
"""

# Dagster reads the annotations of contexts and resources as types, so they cannot be postponed here.

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import dagster as dg

from ops_platform.defs.check_parts import Result
from ops_platform.defs.clock import as_of
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.defs.retail import (
    checks_customers,
    checks_outside,
    checks_reports,
    checks_requests,
    keys,
    masks,
    verdicts,
)
from ops_platform.defs.retail.check_parts import Asked, Questions
from ops_platform.defs.retail.store import store
from ops_platform.defs.verdict import Verdict
from ops_platform.retail import automation as ask
from ops_platform.retail.automation import Automation
from ops_platform.retail.automations.upload_inventory import file_names
from ops_platform.retail.bindings import is_parent_row
from ops_platform.retail.registry import AUTOMATIONS, by_name
from ops_platform.settings_retail import RetailSettings

UPLOAD_HOURS = 2
SHRINK_SHARE = 0.8  # automations hold a list below min_share_of_last; a smaller loss is only told
SHORTEST_DESCRIPTION = 60
MISSING_BRANDS = 0.1
MISSING_BUFFERS = 0.05
WEB_MATCHING = by_name("total_sold")  # looks at every product of the web shop, every night


def _rows(frame: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = frame.to_dict("records")
    return found


def _items(asked: Asked) -> list[dict[str, Any]]:
    return [item for item in _rows(asked.read.frame(ask.Items())) if item["status"] == "A"]


def _web_items(asked: Asked) -> list[dict[str, Any]]:
    """Active items that customers can find in the web shop."""
    return [item for item in _items(asked) if item["is_web_item"] and item["is_web_visible"]]


def _named(items: Iterable[dict[str, Any]], **more: str) -> list[dict[str, Any]]:
    return [
        {"item_no": item["item_no"], "item": item["long_descr"] or item["descr"]}
        | {shown: item[column] for shown, column in more.items()}
        for item in items
    ]


# -- what is read

of_store = Questions()


@of_store.about(keys.STOCK, kind="counterpoint")
def stock_is_not_negative(asked: Asked) -> Verdict:
    """No item has less than nothing. It was sold before it was received, or counted wrong: its lists are wrong too."""
    stock = _rows(asked.read.frame(ask.Stock()))
    found = [row for row in stock if row["available"] is not None and row["available"] < 0]
    return verdicts.nothing_of(
        found,
        len(stock),
        "items have less than nothing available",
        "Receive what came in, or count them; until then they are inactive and on no list.",
    )


@of_store.about(keys.ITEMS, kind="counterpoint")
def web_items_have_a_price(asked: Asked) -> Verdict:
    """Every active web item costs something. One without is on no list, and may be sold for nothing."""
    items = [item for item in _web_items(asked) if not is_parent_row(item)]
    found = [item for item in items if (item["price"] or Decimal(0)) <= 0]
    return verdicts.nothing_of(_named(found), len(items), "web items have no price", "Give them one.")


@of_store.about(keys.ITEMS, kind="counterpoint")
def web_items_have_a_description(asked: Asked) -> Verdict:
    """Every active web item has its long description: the lists show it, and brands are found in it."""
    items = _web_items(asked)
    found = [item for item in items if not item["long_descr"]]
    return verdicts.nothing_of(
        _named(found), len(items), "web items have no long description", "Write one; the short one is shown till then."
    )


@of_store.about(keys.of_snapshot("web_descriptions"), kind="counterpoint")
def web_products_have_a_description(asked: Asked) -> Verdict:
    """Every active web product has a description of 60 letters and more for its page. Without one it sells less.

    A bound product has it at its parent row, so its sizes need none.
    """
    from ops_platform.retail.bindings import bound_products

    found = asked.read.frame(ask.WebDescriptions())
    longest = dict(zip(found["item_no"], found["characters"], strict=True))
    heads = bound_products(asked.read.frame(ask.Items())).heads()
    products = {heads.get(item["item_no"], item["item_no"]) for item in _web_items(asked)}
    short = [
        {**row, "characters": longest.get(row["item_no"], 0)}
        for row in _named(item for item in _items(asked) if item["item_no"] in products)
        if longest.get(row["item_no"], 0) < SHORTEST_DESCRIPTION
    ]
    return verdicts.nothing_of(
        short,
        len(products),
        f"web products have no description of {SHORTEST_DESCRIPTION} letters",
        "Write one in the item's e-commerce description.",
    )


@of_store.about(keys.ITEMS, kind="file")
def web_items_have_a_photo(asked: Asked) -> Verdict:
    """Every active web item has a photo named after it (10093.jpg, 10093^1.jpg), or its bound product has one."""
    from ops_platform.retail.shown import items_with_photo

    pictured = items_with_photo(asked.read.frame(ask.Items()), asked.read.frame(ask.PhotoFolder())["name"])
    items = _web_items(asked)
    found = [item for item in items if item["item_no"] not in pictured]
    return verdicts.nothing_of(
        _named(found),
        len(items),
        "web items have no photo",
        f"Put <item number>.jpg into {asked.systems.photos} (setting retail.photos.folder).",
    )


checks_customers.add_to_store(of_store)


@dg.multi_asset_check(name="store_checks", specs=of_store.specs, can_subset=True)
def store_checks(
    context: dg.AssetCheckExecutionContext, settings: OpsSettings, database: OpsDatabase
) -> Iterator[Result]:
    """The questions about what is read, as one step."""
    found = settings.get()
    wanted = context.op_execution_context.selected_asset_check_keys
    with database.for_step() as db, store(found) as systems:
        asked = Asked(db, systems, as_of(context.run.tags, found.retail.timezone))
        yield from of_store.answers(wanted, asked)


# -- what became of the work; asked by the step that runs the automations (assets.py)

of_automations = Questions()


def _ask_about(automation: Automation) -> None:
    """The questions every automation is asked."""

    def no_plan_waits(asked: Asked) -> Verdict:
        held = [row for row in asked.records("held_batches") if row["automation"] == automation.name]
        return verdicts.waiting(held)

    def every_change_was_made(asked: Asked) -> Verdict:
        found = asked.records("check_not_made", automation=automation.name)
        return verdicts.carried_out([masks.shown(row) for row in found])

    key = keys.of_automation(automation)
    of_automations.add(
        key,
        "no_plan_waits",
        "No plan waits for a person. One that would change unusually much is held and changes nothing till then.",
        no_plan_waits,
    )
    if set(automation.targets) - {"webdav"}:
        of_automations.add(
            key,
            "every_change_was_made",
            "No change of the last run met another value than it was planned on, and none was refused. What somebody "
            "else set meanwhile is left as it is.",
            every_change_was_made,
        )


for _automation in AUTOMATIONS:
    _ask_about(_automation)
checks_reports.add_to(of_automations)
checks_outside.add_to(of_automations)
checks_customers.add_to(of_automations)
checks_requests.add_to(of_automations)


def _lists(asked: Asked) -> list[str]:
    """The lists that are published now: one that was given up may grow old."""
    return file_names(asked.store.inventory_upload)


@of_automations.about(keys.of_snapshot("inventory_upload"))
def lists_are_fresh(asked: Asked) -> Verdict:
    """The availability lists are at most two hours old. Older ones offer what is sold out."""
    found = asked.records(
        "last_published", automation="inventory_upload", is_sandbox=asked.systems.is_sandbox("webdav")
    )
    sent = {row["name"]: row["published_at"] for row in found}
    return verdicts.fresh({name: sent.get(name) for name in _lists(asked)}, asked.now, hours=UPLOAD_HOURS)


@of_automations.about(keys.of_snapshot("inventory_upload"))
def lists_did_not_shrink(asked: Asked) -> Verdict:
    """No list has lost a fifth of its rows since the one before. That is how a stock import that failed looks."""
    found = asked.records("check_lists", automation="inventory_upload", is_sandbox=asked.systems.is_sandbox("webdav"))
    return verdicts.lists([row for row in found if row["name"] in _lists(asked)], share=SHRINK_SHARE)


@of_automations.about(keys.of_automation(WEB_MATCHING))
def web_items_are_products(asked: Asked) -> Verdict:
    """Every web item is a product of the web shop and the other way round. What finds no partner is never updated."""
    newest = asked.records("check_newest_run", automation=WEB_MATCHING.name)
    if not newest:
        return Verdict(True, "It never ran; nothing is known yet.")
    return verdicts.matched(newest[0]["notes"], considered=int(newest[0]["considered"]))


@of_automations.about(keys.of_snapshot("brands"), kind="counterpoint")
def items_have_a_brand(asked: Asked) -> Verdict:
    """At most a tenth of the active items has no brand. Stock buffers go by brand first."""
    items = _items(asked)
    found = [item for item in items if item["brand"] is None]
    return verdicts.covered(
        _named(found, category="category"),
        len(items),
        "active items have no brand",
        "Add words of their descriptions to brands.keywords, or set brands.company_brand.",
        allowed=MISSING_BRANDS,
    )


@of_automations.about(keys.of_snapshot("stock_buffer"), kind="counterpoint")
def items_have_a_buffer(asked: Asked) -> Verdict:
    """Of 20 active items at most one has no stock buffer. The last piece may be sold twice, online and in the shop."""
    items = [item for item in _items(asked) if item["tracks_stock"] and not is_parent_row(item)]
    found = [item for item in items if item["stock_buffer"] is None]
    return verdicts.covered(
        _named(found, category="category", price="price"),
        len(items),
        "active items have no stock buffer",
        "Give them a price, or add `default` to stock_buffer.precedence.",
        allowed=MISSING_BUFFERS,
    )


@of_automations.about(keys.of_snapshot("photos"), kind="file")
def photos_are_small(asked: Asked) -> Verdict:
    """No photo is larger than photos.larger_than_bytes. Large ones make the web shop slow on a phone."""
    limit = asked.store.photos.larger_than_bytes
    photos = _rows(asked.read.frame(ask.PhotoFolder()))
    found = [{"name": photo["name"], "bytes": photo["bytes"]} for photo in photos if photo["bytes"] > limit]
    return verdicts.nothing_of(
        found,
        len(photos),
        f"photos are larger than {limit:,} bytes",
        "The next run takes what was copied in just now; the notes of the last one say why it left the others.",
        name="name",
    )


def of_run(selected: Iterable[dg.AssetKey]) -> list[dg.AssetCheckKey]:
    """The checks of a run of some automations: theirs, and, where one reads the store, those of what is read."""
    wanted = set(selected)
    reads = any("counterpoint" in keys.systems_read(keys.BY_KEY[key], RetailSettings()) for key in wanted)
    theirs = [s.key for s in of_automations.specs if s.asset_key in wanted]
    return [*theirs, *(s.key for s in of_store.specs if reads)]


CHECKS = [store_checks]
