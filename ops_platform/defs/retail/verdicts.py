"""What figures of the store mean: passed or not, and what a person does. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ops_platform.defs.metadata import listing, percent
from ops_platform.defs.verdict import MAX_NAMES, Row, Verdict


def nothing_of(found: Sequence[Row], of: int, what: str, advice: str, *, name: str = "item_no") -> Verdict:
    """A verdict on rows none of which should be there. what: "items are ..."; name: the column a person knows."""
    figures = {"odd": len(found), "looked at": of}
    if not found:
        return Verdict(True, f"None of {of:,} {what}.", figures=figures)
    names = listing([str(row[name]) for row in found], MAX_NAMES)
    return Verdict(False, f"{len(found):,} of {of:,} {what}: {names}. {advice}", found, figures)


def covered(missing: Sequence[Row], of: int, what: str, advice: str, *, allowed: float) -> Verdict:
    """A verdict on the share that lacks something. what: "active items have no brand"; allowed: share, 0..1."""
    share = len(missing) / max(of, 1)
    figures = {"missing": len(missing), "percent covered": percent(of - len(missing), of)}
    said = f"{len(missing):,} of {of:,} {what} ({share:.1%}, {allowed:.0%} allowed)"
    if share <= allowed:
        return Verdict(True, f"{said}.", missing, figures)
    return Verdict(False, f"{said}. {advice}", missing, figures)


def fresh(published: Mapping[str, datetime | None], now: datetime, *, hours: float) -> Verdict:
    """Files that stand as they are meant to. published: name -> when it was last sent or seen to be right, or never."""
    if missing := sorted(name for name, when in published.items() if when is None):
        what = (
            "No list was ever published" if len(missing) == len(published) else f"Never published: {listing(missing)}"
        )
        return Verdict(
            False,
            f"{what}: the web shop's pages that show it are empty. Look at the last run of inventory_upload.",
            [{"file": name} for name in missing],
            is_error=True,
        )
    sent = {name: when for name, when in published.items() if when is not None}
    ages = {name: max((now - when).total_seconds() / 3600, 0.0) for name, when in sent.items()}
    oldest = max(ages, key=lambda name: ages[name])
    figures = {"hours": round(ages[oldest], 2)}
    said = f"{oldest} is {ages[oldest]:,.1f} h old ({hours:,.0f} allowed)"
    rows = [{"file": name, "published": when, "hours": round(ages[name], 2)} for name, when in sent.items()]
    if ages[oldest] <= hours:
        return Verdict(True, f"{said}.", rows, figures)
    return Verdict(
        False,
        f"{said}: customers see what is no longer there. Look at the last runs of inventory_upload; "
        "`ops retail apply inventory_upload` tries it now.",
        rows,
        figures,
        is_error=True,
    )


def lists(newest: Sequence[Row], *, share: float) -> Verdict:
    """Lists against those before them. newest: name, rows, rows_before, status, detail; share: 0..1 of the rows."""
    small = [
        row
        for row in newest
        if row["status"] == "held" or (row["rows_before"] and row["rows"] < share * row["rows_before"])
    ]
    figures = {f"rows of {row['name']}": int(row["rows"]) for row in newest}
    if not small:
        told = ", ".join(f"{row['name']} {row['rows']:,}" for row in newest) or "none was made yet"
        return Verdict(True, f"The lists have about as many rows as before: {told}.", newest, figures)
    said = "; ".join(_shrunk(row) for row in small)
    return Verdict(
        False,
        f"{said}. See whether stock and items are read as before (a stock import that failed looks so). A list that is "
        "held waits: `ops retail held`.",
        newest,
        figures,
    )


def _shrunk(row: Row) -> str:
    before = "" if not row["rows_before"] else f", the one before had {int(row['rows_before']):,}"
    held = " and is held" if row["status"] == "held" else ""
    return f"{row['name']} has {row['rows']:,} rows{before}{held}"


def waiting(held: Sequence[Row]) -> Verdict:
    """Plans that wait for a person. held: batch_id, planned, reason, created_at."""
    figures = {"plans": len(held), "changes": sum(int(row["planned"]) for row in held)}
    if not held:
        return Verdict(True, "No plan waits for a person.", figures=figures)
    batch = held[-1]
    return Verdict(
        False,
        f"Batch {batch['batch_id']} waits since {batch['created_at']:%Y-%m-%d %H:%M}: {batch['reason']} Look at it "
        f"with `ops retail held`; then `ops retail approve {batch['batch_id']}` or `drop`.",
        held,
        figures,
    )


def carried_out(changes: Sequence[Row]) -> Verdict:
    """What became of the newest changes. changes: those not made, with status conflict or failed, and label, detail."""
    figures: dict[str, int | float] = {
        name: sum(row["status"] == status for row in changes)
        for name, status in (("conflicts", "conflict"), ("failed", "failed"))
    }
    if not changes:
        return Verdict(True, "Every change of the last run was made.", figures=figures)
    parts = []
    if figures["conflicts"]:
        parts.append(
            f"{figures['conflicts']:,} were left, because somebody had changed the value meanwhile (the next run looks "
            "again)"
        )
    if figures["failed"]:
        first = next(row for row in changes if row["status"] == "failed")
        parts.append(f"{figures['failed']:,} failed, the first because: {first['detail']}")
    names = listing([str(row["label"] or row["key"]) for row in changes], MAX_NAMES)
    return Verdict(
        False,
        f"Of the changes of the last run {'; '.join(parts)}. They are: {names}. If it comes again, another program "
        "sets the same field.",
        changes,
        figures,
    )


def matched(notes: Sequence[Mapping[str, Any]], *, considered: int) -> Verdict:
    """Items and products that do not find each other. notes: code, key, detail, of the newest run."""
    items = [note for note in notes if note["code"] in ("unmatched_item", "product_gone")]
    products = [note for note in notes if note["code"] == "product_without_item"]
    figures = {"items": len(items), "products": len(products)}
    if not items and not products:
        return Verdict(True, "Every web item is a product of the web shop, and every product an item.", figures=figures)
    parts = []
    if items:
        names = listing([str(note["key"]) for note in items], MAX_NAMES)
        parts.append(f"{len(items):,} web items are no product of the web shop: {names}. Publish them, or take their "
                     "web flag away.")  # fmt: skip
    if products:
        names = listing([str(note["detail"] or note["key"]) for note in products], MAX_NAMES)
        parts.append(f"{len(products):,} products of the web shop are no item: {names}. Give them the item's number as "
                     "SKU, or delete them.")  # fmt: skip
    return Verdict(False, " ".join(parts), [*items, *products], figures | {"considered": considered})
