"""Item 20: competitors' availability lists, kept day by day, with what they changed since the list before."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from ops_platform.core import effect_keys
from ops_platform.core.csvtext import csv_text, harmless_in_spreadsheet
from ops_platform.core.effects import effect_set, no_effects
from ops_platform.retail.automation import Automation, Inputs, Need, Plan, PlannedFile, note
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.outside_needs import CompetitorLists, ListsBefore
from ops_platform.retail.price_changes import KINDS, changes_sheet, compare, counts
from ops_platform.retail.request_needs import EffectStates
from ops_platform.retail.scraping import COLUMNS, cents, shrank
from ops_platform.settings_retail import RetailSettings

if TYPE_CHECKING:
    import pandas as pd

NAME: Final = "competitor_prices"
SCRAPES: Final = "scrapes"
ROWS: Final = "scraped_rows"
SHEET: Final = ("site", "scraped_at", "name", "size", "available", "price", "available_raw", "price_raw")
_MAILED: Final = 60
_NEVER_OUT: Final = frozenset({"failed", "cancelled", "suppressed", "expired"})
_MAIL_COLUMNS: Final = [
    {"title": "Plant"},
    {"title": "What"},
    {"title": "Before", "format": "money", "wide": True},
    {"title": "Price", "format": "money"},
    {"title": "Change", "format": "change"},
]


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """The lists as the sites show them now, those of the day before (or the last day there is), today's mails."""
    day = as_of.date()
    return {
        "lists": CompetitorLists(),
        "before": ListsBefore(day),
        "mails": EffectStates(effect_keys.price_changes(day)),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """Three files a site: the list of the day, the same as the latest, and what changed.

    A list that has too few rows is held: it is kept in the record, and the latest stays what it is. A site that could
    not be read has no list at all. Compared is with the day before, so that a second run of a day tells the same. Each
    site stands in one mail of a day: what is read late, in a second run, comes in a second mail.
    """
    import pandas as pd  # noqa: PLC0415

    before = inputs["before"]
    found = [
        _Site.of(row, before[before["site"] == row["site"]], settings.scraping.min_share_of_last)
        for row in inputs["lists"].to_dict("records")
    ]
    read = [site for site in found if site.status == "accepted"]
    told = _told(inputs)
    kept = [site.rows.assign(site=site.name) for site in found if site.rows is not None]
    records = {
        SCRAPES: pd.DataFrame([site.record() for site in found], columns=list(RECORD), dtype=object),
        ROWS: pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=["site", *COLUMNS], dtype=object),
    }
    totals = {kind: sum(site.counts[kind] for site in read) for kind in KINDS}
    return Plan(
        effects=_mail([site for site in read if site.name not in told], settings, as_of.date()),
        files=tuple(file for site in read for file in list_files(site.name, as_of.date(), site)),
        notes=notes_frame(row for site in found for row in site.notes),
        considered=sum(0 if site.rows is None else len(site.rows) for site in found),
        figures={"sites": len(found), "read": len(read), **{KINDS[kind]: number for kind, number in totals.items()}},
        records=records,
        failures=tuple(f"{site.name}: {site.detail}" for site in found if site.status == "failed"),
    )


RECORD: Final = ("site", "engine", "scraped_at", "status", "rows", "seconds", "detail")
"""Columns of the record of visits (table retail.scrapes)."""


@dataclass
class _Site:
    """A site's list and what is thought of it. changes: None where there was no list before."""

    name: str
    engine: str
    scraped_at: datetime
    seconds: float
    status: str
    detail: str | None = None
    rows: pd.DataFrame | None = None
    changes: pd.DataFrame | None = None
    notes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, row: Mapping[Any, Any], before: pd.DataFrame, share: float) -> _Site:
        made = cls(row["site"], row["engine"], row["scraped_at"], row["seconds"], "accepted", notes=[*row["notes"]])
        if row["error"] is not None:
            made.status, made.detail = "failed", row["error"]
            return made
        made.rows = row["rows"]
        if why := shrank(len(row["rows"]), len(before) or None, share):
            made.status, made.detail = "held", why
            made.notes.append(note("list_held", row["site"], why))
        elif len(before):
            made.changes = compare(before, row["rows"])
        return made

    @property
    def counts(self) -> dict[str, int]:
        return dict.fromkeys(KINDS, 0) if self.changes is None else counts(self.changes)

    def record(self) -> dict[str, Any]:
        return {
            "site": self.name,
            "engine": self.engine,
            "scraped_at": self.scraped_at,
            "status": self.status,
            "rows": 0 if self.rows is None else len(self.rows),
            "seconds": self.seconds,
            "detail": self.detail,
        }


def list_files(name: str, day: date, site: Any) -> Iterator[PlannedFile]:
    """The files of a list that counts. site: with rows, changes and scraped_at."""
    folder = f"competitors/{name}"
    content = list_sheet(name, site.scraped_at, site.rows).encode()
    for which in (day.isoformat(), "latest"):
        yield PlannedFile(f"{folder}/{name}_{which}.csv", content, len(site.rows), place="exports")
    if site.changes is not None:
        changed = changes_sheet(site.changes).encode()
        file = f"{folder}/{name}_price_changes_{day.isoformat()}.csv"
        yield PlannedFile(file, changed, len(site.changes), place="exports")


def list_sheet(site: str, scraped_at: datetime, rows: pd.DataFrame) -> str:
    """A list as CSV: numbers as numbers, and beside them what the site wrote."""
    moment = scraped_at.isoformat(timespec="seconds")
    lines = (
        [
            site,
            moment,
            *(harmless_in_spreadsheet(row[column] or "") for column in ("name", "size")),
            "" if row["available"] is None else str(row["available"]),
            "" if row["price"] is None else cents(row["price"]),
            *(harmless_in_spreadsheet(row[column] or "") for column in ("available_raw", "price_raw")),
        ]
        for row in rows.to_dict("records")
    )
    return csv_text(SHEET, lines)


def _told(inputs: Inputs) -> set[str]:
    """The sites that stand in a mail of today already. One that never gets out tells nothing."""
    mails = zip(inputs["mails"]["key"], inputs["mails"]["status"], strict=True)
    return {site for key, status in mails if status not in _NEVER_OUT for site in effect_keys.sites_of(key)}


def _mail(read: list[_Site], settings: RetailSettings, day: date) -> pd.DataFrame:
    """One mail to those who are named, when anything changed at these sites."""
    to = settings.scraping.mail_to
    changed = [site for site in read if site.changes is not None and len(site.changes)]
    if not (to and changed):
        return no_effects()
    effect = {
        "key": effect_keys.price_changes(day, [site.name for site in changed]),
        "kind": "email",
        "target": ", ".join(to),
        "payload": {
            "template": NAME,
            "to": list(to),
            "context": {"day": day.isoformat(), "columns": _MAIL_COLUMNS, "sites": [_mailed(site) for site in changed]},
            "pictures": [],
            "attachments": [_attached(site, day) for site in changed],
            "reply_to": None,
            "kind_of_mail": "staff",
        },
        "keep_first": True,
        "label": "competitors' prices",
        "reason": f"prices changed at {', '.join(site.name for site in changed)}",
    }
    return effect_set([effect])


def _mailed(site: _Site) -> dict[str, Any]:
    assert site.changes is not None
    rows = site.changes.head(_MAILED).to_dict("records")
    return {
        "name": site.name,
        "plants": 0 if site.rows is None else len(site.rows),
        "changed": len(site.changes),
        "figures": [
            {"label": KINDS[kind], "value": number, "format": "number"}
            for kind, number in site.counts.items()
            if number
        ],
        "rows": [
            [
                row["name"] if row["size"] is None else f"{row['name']}, {row['size']}",
                KINDS[row["kind"]],
                *(None if row[name] is None else str(row[name]) for name in ("price_before", "price")),
                None if row["percent"] is None else float(row["percent"]) / 100,
            ]
            for row in rows
        ],
        "more": len(site.changes) - len(rows),
    }


def _attached(site: _Site, day: date) -> dict[str, str]:
    assert site.changes is not None
    content = base64.b64encode(changes_sheet(site.changes).encode()).decode("ascii")
    return {"name": f"{site.name}_price_changes_{day.isoformat()}.csv", "content_base64": content, "type": "text/csv"}


AUTOMATION = Automation(
    name=NAME,
    number=20,
    title="Scrape competitors' prices",
    description="Reads competitors' availability lists from their web sites, and tells which prices changed.",
    cron="0 21 * * *",
    targets=("exports", "mail"),
    needs=needs,
    plan=plan,
)
