"""What happened, as metadata a person likes to read: counts, tables, plots, previews.

Imported by the steps only, because it needs the flows. A figure is taken from a query here, never judged: that is
checks.py. Nothing of a customer is shown. What concerns all orders and would repeat in every partition (plots, sales)
stands on the assets without partitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import sqlalchemy as sa

from ops_platform.defs.metadata import percent, table
from ops_platform.defs.plots import channel_plot, confidence_plot, picture
from ops_platform.defs.restaurant import keys
from ops_platform.defs.restaurant.fetching import Fetched
from ops_platform.flows.restaurant.summaries import newest_event, rows, sizes

Metadata = dict[str, Any]
PREVIEW_ROWS = 10
TOP_ROWS = 25
LAST_DAYS = 30


def failure_of(done: Fetched) -> dg.Failure:
    """The failure of days that had to be done: each with its reason."""
    listed = [{"what": what, "reason": reason} for what, reason in done.failed.items()]
    return dg.Failure(
        "\n".join(f"{row['what']}: {row['reason']}" for row in listed),
        metadata={"failed": table(listed), "done": [str(day) for day in done.again]},
        allow_retries=False,
    )


def events_seen(connection: sa.Connection, run_id: str) -> dg.AssetObservation:
    """What this run received, for the page of the external asset."""
    return dg.AssetObservation(keys.PETPOOJA_EVENTS, metadata=_received(connection, run_id))


def of_days(connection: sa.Connection, key: dg.AssetKey, days: Sequence[date]) -> dict[date, Metadata]:
    """The counts of each day's partition of a loaded asset; a day without orders counts nothing."""
    if not days:
        return {}
    counted = {row["business_date"]: row for row in rows(connection, "summary_day_counts", days=list(days))}
    return {day: _day(key, counted.get(day, {})) for day in days}


def _day(key: dg.AssetKey, counted: Mapping[str, Any]) -> Metadata:
    found = {name: int(value) for name, value in counted.items() if name not in ("business_date", "total")}
    if key == keys.PETPOOJA_ORDERS:
        orders, cancelled = found.get("orders", 0), found.get("cancelled", 0)
        rupees = float(counted.get("total", 0))
        return {"dagster/partition_row_count": orders, "cancelled": cancelled, "rupees": rupees}
    name = "lines" if key == keys.ORDER_ITEMS else "addons"
    lines, linked = found.get(name, 0), found.get(f"{name}_linked", 0)
    return {"dagster/partition_row_count": lines, "linked": linked, "linked percent": percent(linked, lines)}


def of_orders(connection: sa.Connection, done: Fetched, run: dg.DagsterRun) -> Metadata:
    """What was read, what became of it, and the newest orders."""
    loads = [row for row in rows(connection, "summary_loads", run_id=run.run_id) if row["run_id"] == run.run_id]
    found = {
        "dagster/row_count": sizes(connection)["orders"],
        "newest event": str(newest_event(connection) or "none yet"),
        **_received(connection, run.run_id),
        "pages and files": table(loads, _PAGE_COLUMNS),
        "rejects by reason": table(
            rows(connection, "summary_rejects", loads=[row["load_id"] for row in loads]),
            ["entity", "code", "rejects", "open", "example"],
        ),
        "newest orders": table(rows(connection, "summary_newest_orders", limit=PREVIEW_ROWS)),
    }
    if done.again:
        found["days done again"] = len(done.again)
    if done.notes:
        found["notes"] = "\n".join(done.notes)
    return found


def of_items(connection: sa.Connection, days: Sequence[date]) -> Metadata:
    """How lines of these days are linked, and what looked odd when they were read."""
    return {
        "dagster/row_count": sizes(connection)["items"],
        **_links(rows(connection, "summary_match_methods", kind="item", days=list(days))),
        "newest": table(rows(connection, "summary_newest_lines", kind="item", limit=PREVIEW_ROWS)),
        "odd in these days": table(rows(connection, "summary_flags", days=list(days)), _FLAG_COLUMNS),
    }


def of_addons(connection: sa.Connection, days: Sequence[date]) -> Metadata:
    """How add-ons of these days are linked."""
    return {
        "dagster/row_count": sizes(connection)["addons"],
        **_links(rows(connection, "summary_match_methods", kind="addon", days=list(days))),
        "newest": table(rows(connection, "summary_newest_lines", kind="addon", limit=PREVIEW_ROWS)),
    }


def of_menu(connection: sa.Connection) -> Metadata:
    """The menu by type, its sizes, and what is missing in it."""
    types = rows(connection, "summary_menu")
    return {
        "dagster/row_count": sum(row["items"] for row in types),
        "items without a size": sum(row["without_size"] for row in types),
        "sizes without a price": sum(row["sizes"] - row["priced"] for row in types),
        "types": table(types),
        "sizes": table(rows(connection, "summary_variants")),
        "missing": table(rows(connection, "check_menu"), ["menu_item", "type", "variant", "problem"]),
    }


def of_aliases(connection: sa.Connection) -> Metadata:
    """How many decisions there are, and the newest."""
    sources = rows(connection, "summary_aliases")
    return {
        "dagster/row_count": sum(row["names"] for row in sources),
        "names that are no item": sum(row["no_item"] for row in sources),
        "by source": table(sources, ["source", "names", "no_item", "menu_items", "newest"]),
        "newest decisions": table(
            rows(connection, "summary_newest_aliases", limit=PREVIEW_ROWS),
            ["raw_name", "menu_item", "type", "variant", "source", "created_at"],
        ),
    }


def of_queue(connection: sa.Connection) -> Metadata:
    """What waits, how everything was linked, and how sure the links are."""
    states = rows(connection, "summary_queue")
    waiting = next((row for row in states if row["status"] == "open"), {"names": 0, "lines": 0, "revenue": 0})
    lines = rows(connection, "summary_confidence")
    return {
        "dagster/row_count": sum(row["names"] for row in states),
        "names waiting": waiting["names"],
        "lines waiting": int(waiting["lines"]),
        "rupees waiting": float(waiting["revenue"]),
        **_links(rows(connection, "summary_all_methods")),
        "states": table(states, ["status", "names", "lines", "revenue"]),
        "waiting, dearest first": table(rows(connection, "summary_queue_top", limit=TOP_ROWS), _QUEUE_COLUMNS),
        "confidence": picture(confidence_plot(lines), "lines by confidence"),
    }


def of_sales(connection: sa.Connection) -> Metadata:
    """What sold best, by item, add-on and channel, and what is missing in it."""
    days = rows(connection, "summary_channel_days", last=LAST_DAYS)
    unlinked = rows(connection, "summary_unmatched", limit=TOP_ROWS)
    attached = rows(connection, "summary_attach_rates", limit=TOP_ROWS)
    sums = rows(connection, "summary_sales")[0]
    return {
        "orders": int(sums["orders"]),
        "rupees": float(sums["rupees"]),
        "days": f"the newest {LAST_DAYS} business days with the plot and the tables below",
        "revenue by channel and day": picture(channel_plot(days), "net revenue by channel"),
        "by item": table(rows(connection, "summary_item_sales", last=LAST_DAYS, limit=TOP_ROWS), _ITEM_COLUMNS),
        "by add-on": table(rows(connection, "summary_addon_sales", last=LAST_DAYS, limit=TOP_ROWS), _ADDON_COLUMNS),
        "by channel": table(
            rows(connection, "summary_channels", days=sorted({row["business_date"] for row in days})), _CHANNEL_COLUMNS
        ),
        "add-ons by what they go with": table(attached, _ATTACH_COLUMNS),
        "without a link, dearest first": table(unlinked, _UNMATCHED_COLUMNS),
    }


def _received(connection: sa.Connection, run_id: str) -> Metadata:
    found = rows(connection, "summary_loads_of_run", run_id=run_id)[0]
    counts: Metadata = {
        "pages": found["pages"],
        "orders read": int(found["read"]),
        "orders new": int(found["new"]),
        "orders updated": int(found["updated"]),
        "orders known before": int(found["known"] + found["superseded"]),
        "orders rejected": int(found["rejected"]),
        "lines rejected": int(found["lines_rejected"]),
        "seconds": round(found["seconds"], 3),
    }
    return counts if found["cursor"] is None else {**counts, "read up to": found["cursor"]}


def _links(methods: Sequence[Mapping[str, Any]]) -> Metadata:
    lines = sum(row["lines"] for row in methods)
    unlinked = sum(row["lines"] for row in methods if row["method"] == "no link")
    shown = [{**row, "percent": percent(row["lines"], lines)} for row in methods]
    return {
        "linked percent": percent(lines - unlinked, lines),
        "match methods": table(shown, _METHOD_COLUMNS),
    }


_PAGE_COLUMNS = [
    "name", "orders_read", "orders_new", "orders_updated", "orders_duplicate", "orders_superseded",
    "orders_rejected", "items_loaded", "addons_loaded", "lines_rejected", "seconds",
]  # fmt: skip
_FLAG_COLUMNS = ["entity", "code", "flags", "orders", "example"]
_METHOD_COLUMNS = ["method", "lines", "percent", "names", "revenue", "mean_confidence"]
_QUEUE_COLUMNS = [
    "raw_name", "lines", "revenue", "confidence", "reason", "nearest", "clean_name", "clean_type", "clean_variant",
    "last_seen",
]  # fmt: skip
_ITEM_COLUMNS = ["menu_item", "item_type", "variant", "quantity", "revenue", "orders"]
_ADDON_COLUMNS = ["menu_item", "item_type", "variant", "quantity", "as_addon", "as_item", "amount"]
_CHANNEL_COLUMNS = [
    "order_from", "order_type", "orders", "net", "discount", "tax", "charges", "total", "average_order",
]  # fmt: skip
_ATTACH_COLUMNS = ["month", "addon", "variant", "added_to", "lines", "lines_with_addon", "attach_rate"]
_UNMATCHED_COLUMNS = ["name_raw", "lines", "quantity", "revenue", "share", "last_seen", "is_no_item"]
