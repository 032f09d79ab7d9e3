"""What comes from the world around the store and goes there, as names of assets: part of keys.py. Only names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ops_platform.retail import outside_needs as ask
from ops_platform.retail import snapshots


class Place(NamedTuple):
    """A thing outside: its key, what it is, its kind, and the automations that make it (none: it is a source)."""

    key: tuple[str, str]
    description: str
    kind: str
    made_by: tuple[str, ...] = ()


SITES: Final = Place(
    ("competitors", "sites"), "Competitors' web sites for wholesale customers, each with its list.", "html"
)
FILES: Final = Place(
    ("backups", "files"), "Folders and files of this machine that are backed up (retail.backups.targets).", "file"
)
SOURCES: Final = (SITES, FILES)
OUTCOMES: Final = (
    Place(
        ("competitors", "scraped_rows"),
        "Every list ever read from a competitor, row by row: table retail.scraped_rows, view retail.competitor_prices.",
        "postgres",
        ("competitor_prices",),
    ),
    Place(
        ("competitors", "price_changes"),
        "What competitors changed since the list before, as CSV in the platform's folder of exports.",
        "csv",
        ("competitor_prices",),
    ),
    Place(
        ("backups", "copies"),
        "Dated copies in the off-site folder, each with a manifest; `ops backup list` shows them.",
        "file",
        ("backups",),
    ),
)
GROUPS: Final = {"competitors": "competitors", "backups": "backups"}

SNAPSHOTS: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, str], str, str, tuple[Place, ...]]]] = {
    "reachability": ((), snapshots.REACHABILITY, "Which hosts of the internet answer.", "network", ()),
    "competitor_lists": (
        (),
        snapshots.COMPETITOR_LISTS,
        "Competitors' lists as their sites show them.",
        "html",
        (SITES,),
    ),
    "backup_sources": ((), snapshots.BACKUP_SOURCES, "What is to be copied off-site.", "file", (FILES,)),
    "backup_copies": ((), snapshots.BACKUP_COPIES, "The copies in the off-site folder.", "file", ()),
}
"""Tables, columns, what it is, its kind, and where it comes from."""

READ_AS: Final[Mapping[type, str]] = {
    ask.Reachability: "reachability",
    ask.CompetitorLists: "competitor_lists",
    ask.BackupSources: "backup_sources",
    ask.BackupCopies: "backup_copies",
}

SYSTEMS: Final[Mapping[type, str | None]] = {
    ask.Reachability: "internet",
    ask.ConnectivityRecord: None,
    ask.LastCommand: None,
    ask.AtWork: None,
    ask.CompetitorLists: "competitors",
    ask.ListsBefore: None,
    ask.BackupSources: None,
    ask.BackupCopies: None,
}
"""Need -> the outside system that is asked for it; None: this machine. What is not here is the point of sale's."""
