"""`ops restaurant sales`: what was sold, by item and by channel."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from ops_platform.cli.errors import USAGE, CommandError
from ops_platform.cli.output import line, print_json, print_table
from ops_platform.cli.restaurant_status import open_shop

_SHOWN: Final = 40
_USUAL_DAYS: Final = 30


def sales(*, first: date | None, last: date | None, item: str | None, as_json: bool) -> None:
    """Show sales of some business days; without dates the newest 30 that there are. Raises CommandError."""
    if first and last and last < first:
        raise CommandError(f"--to {last} is before --from {first}", code=USAGE)
    with open_shop() as (platform, _):
        [known] = platform.rows("restaurant/sales_days", first=first, last=last)
        if known["last"] is None:
            raise CommandError("There are no orders yet: `ops restaurant fetch`, or `ops restaurant load FILE`.")
        last = last or max(known["last"], first or known["last"])
        first = first or max(min(known["first"], last), last - timedelta(days=_USUAL_DAYS - 1))
        [known] = platform.rows("restaurant/sales_days", first=first, last=last)
        items = platform.rows("restaurant/sales_by_item", first=first, last=last, item=item)
        channels = platform.rows("restaurant/sales_by_channel", first=first, last=last) if item is None else []
    if as_json:
        print_json(
            {"from": first, "to": last, "items": items, "channels": channels, "unmatched_revenue": known["unmatched"]}
        )
        return
    line(f"Business days {first} to {last}, cancelled orders left out; rupees before discount and tax.")
    _show_items(items, item)
    if item is None:
        _show_channels(channels)
        if known["unmatched"]:
            line(f"{_rupees(known['unmatched'])} more are of names that are no item yet: ops restaurant review")


def _show_items(items: list[dict[str, Any]], item: str | None) -> None:
    if not items:
        line(f'Nothing with "{item}" in its name was sold.' if item else "Nothing was sold.")
        return
    rows = [
        [
            row["menu_item"],
            row["variant"],
            row["quantity"],
            row["quantity_as_item"],
            row["quantity_as_addon"],
            _rupees(row["amount"]),
        ]
        for row in items[:_SHOWN]
    ]
    if len(items) > _SHOWN:
        rest = items[_SHOWN:]
        rows.append([f"and {len(rest)} more", None, *_sums(rest)])
    rows.append(["all", None, *_sums(items)])
    columns = ["item", "size", "pieces", "by themselves", "as add-on", "amount"]
    print_table("", columns, rows, right=columns[2:])


def _sums(items: list[dict[str, Any]]) -> list[Any]:
    counts = [sum(row[name] for row in items) for name in ("quantity", "quantity_as_item", "quantity_as_addon")]
    return [*counts, _rupees(sum((row["amount"] for row in items), Decimal(0)))]


def _show_channels(channels: list[dict[str, Any]]) -> None:
    money = ["net", "discount", "tax", "charges", "total", "average_order"]
    print_table(
        "",
        ["from", "kind", "orders", *(name.replace("_", " ") for name in money)],
        [
            [row["order_from"], row["order_type"], row["orders"], *(_rupees(row[name]) for name in money)]
            for row in channels
        ],
        right=["orders", *(name.replace("_", " ") for name in money)],
    )


def _rupees(amount: Decimal) -> str:
    return f"{amount:,.2f}"
