"""Item 12: the best sellers since January of last year are marked to stay in the web shop when they sell out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ops_platform.retail.automation import Automation, Inputs, Items, Need, Plan, Sales, note, over_limit
from ops_platform.retail.bindings import Bound, Notes, bound_products
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.ranking import best_sellers, sold
from ops_platform.retail.rows import change, day_text, item_labels, lookup, money_text, sorted_changes
from ops_platform.retail.windows import since_new_year
from ops_platform.settings_retail import AlwaysOnlineSettings, RetailSettings

if TYPE_CHECKING:
    import pandas as pd


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Items, and what was sold since 1 January of last year."""
    return {"items": Items(), "sales": Sales(*since_new_year(as_of.date()))}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Y for the best by net revenue; what is marked stays so unless `unset_dropouts`.

    Equal revenue goes by units, then by item number. Items that are no longer there take no place, nor (unless
    `only_inventory` is off) services, gift cards and deposits, which cannot sell out.
    """
    rules = settings.always_online
    items = inputs["items"]
    bound = bound_products(items)
    start = day_text(since_new_year(as_of.date()).start)
    ranked = best_sellers(sold(inputs["sales"]), among=_taking_part(items, rules))
    reason_of = {
        seller.key: f"rank {rank} of the best {rules.top_n}: {money_text(seller.revenue)} since {start}"
        for rank, seller in enumerate(ranked[: rules.top_n], start=1)
    }
    odd: Notes = []
    if rules.mark_parent:
        odd = [*bound.notes, *bound.without_parent(reason_of)]
        reason_of = {**_parents(reason_of, bound), **reason_of}
    marked = lookup(items, "always_online")
    # Without any sales the history is missing, not the success: nothing is taken away then.
    dropped = [key for key, mark in marked.items() if mark == "Y" and key not in reason_of] if ranked else []
    unset = dropped if rules.unset_dropouts else []
    changes = _changes(items, reason_of, unset, f"no longer among the best {rules.top_n} since {start}")
    notes = [*odd, *_notes(inputs, start, bool(ranked))]
    return Plan(
        changes=changes,
        notes=notes_frame(notes),
        considered=len(items),
        held=over_limit(len(unset), list(marked.values()).count("Y"), rules.max_share, what="marked items"),
        figures={
            "sold_items": len(ranked),
            "best": min(len(ranked), rules.top_n),
            "marked": len(changes) - len(unset),
            "unset": len(unset),
            "dropped_out": len(dropped),
        },
    )


def _taking_part(items: pd.DataFrame, rules: AlwaysOnlineSettings) -> set[str]:
    kinds = lookup(items, "item_type")
    return {item_no for item_no, kind in kinds.items() if kind == "I" or not rules.only_inventory}


def _parents(reason_of: Mapping[str, str], bound: Bound) -> dict[str, str]:
    """Reasons for the parent rows of the best sellers: of the best child, where there are several."""
    heads = bound.heads()
    best_first = [(heads[item_no], item_no, why) for item_no, why in reason_of.items() if item_no in heads]
    return {parent: f"parent of {item_no}, {why}" for parent, item_no, why in reversed(best_first)}


def _changes(items: pd.DataFrame, reason_of: Mapping[str, str], unset: list[str], dropped: str) -> pd.DataFrame:
    marked, labels = lookup(items, "always_online"), item_labels(items)

    def rows() -> Iterator[dict[str, Any]]:
        for new, reasons in (("Y", reason_of), ("N", dict.fromkeys(unset, dropped))):
            for key, why in reasons.items():
                old = marked[key]
                yield change("counterpoint", key, "always_online", old=old, new=new, reason=why, label=labels[key])

    return sorted_changes(rows())


def _notes(inputs: Inputs, start: str, any_sales: bool) -> Iterator[dict[str, Any]]:
    known = set(inputs["items"]["item_no"])
    for seller in sold(inputs["sales"]):
        if seller.key not in known:
            yield note("unknown_item", seller.key, f"sold for {money_text(seller.revenue)} since {start}")
    if not any_sales:
        yield note("no_sales_in_window", start, "nothing sold since then; no mark was taken away")


AUTOMATION = Automation(
    name="always_online",
    number=12,
    title="Set always online",
    description="Marks the best sellers since the beginning of last year to stay in the web shop when they sell out.",
    cron="0 4 * * *",
    targets=("counterpoint",),
    needs=needs,
    plan=plan,
)
