"""Item 9: lists of customers with their points, as the mailing tool imports them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from ops_platform.retail import email_lists as lists
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, PlannedFile, Published
from ops_platform.retail.customer_needs import Customers, Exported
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.rows import lookup
from ops_platform.settings_retail import RetailSettings

NAME: Final = "email_lists"
FILES: Final = {
    "email_list_retail.csv": "Retail customers with address, phone, birth month and points, for the mailing tool.",
    "email_list_wholesale.csv": "Wholesale customers with address and phone, for the mailing tool.",
}
"""The lists, with what is in them. Beside each: what changed since yesterday, who is gone, and yesterday's list."""


class _List(NamedTuple):
    name: str
    header: Sequence[str]
    row: Callable[[Mapping[Any, Any]], lists.Row]


_RETAIL: Final = _List("email_list_retail", lists.RETAIL, lists.retail_row)
_WHOLESALE: Final = _List("email_list_wholesale", lists.WHOLESALE, lists.wholesale_row)


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Customers; what was exported last, and the lists as they stand there, to tell what changed."""
    there = tuple(f"{each.name}{part}.csv" for each in (_RETAIL, _WHOLESALE) for part in ("", "_yesterday"))
    return {"customers": Customers(), "published": Published(NAME, "exports"), "exported": Exported(there)}


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """One line an address of each list; nobody who, under any number, does not want mails.

    Held back, and the files that are there stay, when a list has fewer than `min_share_of_last` of the rows it had.
    """
    rules = settings.email_lists
    customers = inputs["customers"].to_dict("records")
    refused = lists.refusing(customers) if rules.respect_opt_out else set()
    last = lookup(inputs["published"], "rows")
    files: list[PlannedFile] = []
    notes: list[dict[str, Any]] = []
    figures: dict[str, int] = {}
    held: list[str] = []
    for each, category in ((_RETAIL, rules.retail_category), (_WHOLESALE, rules.wholesale_category)):
        found = lists.chosen((c for c in customers if c["category"] == category.upper()), refused)
        made = list(_files(each, found, inputs, settings, as_of))
        held += _shrunk(made[0], last, rules.min_share_of_last)
        files += made
        notes += found.notes
        figures |= {file.name.removesuffix(".csv"): file.rows for file in made if "_yesterday" not in file.name}
        figures["opted_out"] = figures.get("opted_out", 0) + found.opted_out
    return Plan(
        files=tuple(files),
        notes=notes_frame(notes),
        considered=len(customers),
        held=" ".join(held) or None,
        figures=figures,
    )


def _files(
    each: _List, found: lists.Chosen, inputs: Inputs, settings: RetailSettings, as_of: datetime
) -> Iterator[PlannedFile]:
    # As they stand in a file, harmless in a spreadsheet: so rows compare with those that are read from one.
    now = lists.read_rows(lists.text(each.header, map(each.row, found.customers)), each.header)
    before = _yesterday(each, inputs, as_of.astimezone(ZoneInfo(settings.timezone)).date(), settings.timezone)
    parts: dict[str, tuple[Sequence[str], list[lists.Row]]] = {
        "": (each.header, now),
        "_changed": (each.header, lists.changed(now, before)),
        "_gone": (lists.GONE, lists.gone(now, before)),
        "_yesterday": (each.header, before),
    }
    mark = "\ufeff" if settings.email_lists.bom else ""
    for part, (header, rows) in parts.items():
        content = f"{mark}{lists.text(header, rows)}".encode()
        yield PlannedFile(f"{each.name}{part}.csv", content, len(rows), place="exports", private=True)


def _yesterday(each: _List, inputs: Inputs, today: date, zone: str) -> list[lists.Row]:
    """The list as it stood when the day began: that of the last export of an earlier day."""
    exported, published = lookup(inputs["exported"], "text"), lookup(inputs["published"], "published_at")
    name = f"{each.name}.csv"
    if name not in published:
        return []  # what lies there is of another store, as of the sandbox before the store was live
    is_of_today = published[name].astimezone(ZoneInfo(zone)).date() >= today
    return lists.read_rows(exported.get(f"{each.name}_yesterday.csv" if is_of_today else name), each.header)


def _shrunk(file: PlannedFile, last: Mapping[str, int], share: float) -> Iterator[str]:
    if file.rows < share * last.get(file.name, 0):
        yield (
            f"{file.name} would have {file.rows:,} rows, the last one had {last[file.name]:,}. What is there "
            "stays. See whether customers are read as before; if it is right, approve it: ops retail approve"
        )


AUTOMATION = Automation(
    name=NAME,
    number=9,
    title="Export email lists",
    description="Writes the lists of customers with their points that the mailing tool imports, and what changed.",
    cron="0 6-20/2 * * *",
    targets=("exports",),
    needs=needs,
    plan=plan,
    after=("refunded_customers", "wholesale_loyalty", "negative_balances"),
)
