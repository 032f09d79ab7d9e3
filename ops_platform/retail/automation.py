"""What an automation is: a name, a clock, what it needs to know, and a pure plan. One file each in automations/.

What belongs here: the shapes every automation shares. What does not: any rule, any reading or writing. The shell
(flows/retail) gathers what `needs` names, calls `plan`, and decides whether the plan is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from ops_platform.core.changes import no_changes
from ops_platform.core.effects import no_effects
from ops_platform.retail.campaigns.needs import TextNeed
from ops_platform.retail.customer_needs import CustomerNeed
from ops_platform.retail.outside_needs import OutsideNeed
from ops_platform.retail.reports.needs import ReportNeed
from ops_platform.retail.request_needs import RequestNeed
from ops_platform.settings_retail import RetailSettings

if TYPE_CHECKING:
    import pandas as pd

NOTE_COLUMNS: Final = ["code", "key", "detail"]


def no_notes() -> pd.DataFrame:
    """Notes without rows."""
    import pandas as pd  # noqa: PLC0415  # half a second that listing the automations must not cost

    return pd.DataFrame({column: pd.Series(dtype=object) for column in NOTE_COLUMNS})


# -- what an automation may ask for. Each is read at most once a run, whoever asks; snapshots.py says its columns.


@dataclass(frozen=True)
class Items:
    """Every item of the point of sale."""


@dataclass(frozen=True)
class Stock:
    """Stock by item, summed over the configured locations."""


@dataclass(frozen=True)
class Sales:
    """Net sales by item over the business days start..end, both included (None: open), of the stores (none: all)."""

    start: date | None = None
    end: date | None = None
    stores: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receivings:
    """The newest receiving day by item, since a day."""

    since: date


@dataclass(frozen=True)
class OpenDocuments:
    """Items on open orders and holds."""


@dataclass(frozen=True)
class Catalogue:
    """The web shop's products."""


@dataclass(frozen=True)
class ProductMap:
    """Which product of the web shop an item, or the binding of several items, is."""


@dataclass(frozen=True)
class WebDescriptions:
    """How long each item's description for the web shop is."""


@dataclass(frozen=True)
class PhotoFolder:
    """The files in the folder of product photos."""


@dataclass(frozen=True)
class Own:
    """What an automation itself has written before: its applied changes of one field, the newest a key."""

    automation: str
    field: str


@dataclass(frozen=True)
class Published:
    """The files an automation published last: name, rows, sha256, when. place: as of PlannedFile."""

    automation: str
    place: Literal["webdav", "exports"] = "webdav"


Target = Literal[
    "counterpoint",  # items of the point of sale
    "customers",  # customers of the point of sale, in its database
    "counterpoint_api",  # new customers, through its API
    "bigcommerce",  # the web shop's API
    "webdav",  # files on the web shop's file server
    "files",  # the folder of product photos
    "exports",  # files in the platform's own folder
    "mail",
    "texts",
    "backups",  # the off-site folder
    "machine",  # the machine itself: a command that is run
]

Need = (
    Items | Stock | Sales | Receivings | OpenDocuments | Catalogue | ProductMap | WebDescriptions | PhotoFolder
    | Own | Published
    | CustomerNeed | RequestNeed | ReportNeed | TextNeed | OutsideNeed
)  # fmt: skip
Inputs = Mapping[str, "pd.DataFrame"]


@dataclass(frozen=True)
class PlannedFile:
    """A file to publish: its name there, its bytes, and how many rows it has.

    place: the web shop's file server, or `<home>/retail/exports` for files that people fetch. private: it names people
    and is readable by the owner alone; only in exports.
    """

    name: str
    content: bytes
    rows: int
    place: Literal["webdav", "exports"] = "webdav"
    private: bool = False


@dataclass(frozen=True)
class Plan:
    """What an automation wants. held: why a person has to approve it first, None when nobody has to.

    changes: a change set (core/changes.py). effects: what is to happen once (core/effects.py). notes: what was skipped
    or looked odd, as code, key, detail. considered: how many things the rule looked at. records: rows for tables of our
    own, by name, which the automation's hook (flows/retail/after.py) writes down. failures: parts that could not be
    read, a sentence each; the others are planned, and the run is told to have failed in part. usual: so many effects
    that are new to the ledger are not held, if there is nothing else to do: what was sent needs nobody's word any more.
    """

    changes: pd.DataFrame = field(default_factory=no_changes)
    effects: pd.DataFrame = field(default_factory=no_effects)
    files: tuple[PlannedFile, ...] = ()
    notes: pd.DataFrame = field(default_factory=no_notes)
    considered: int = 0
    held: str | None = None
    figures: Mapping[str, int | float] = field(default_factory=dict)
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    usual: int = 0


@dataclass(frozen=True)
class Automation:
    """An automation of the store.

    number: of the owner's list. cron: in the store's zone, minute-exact. targets: the systems it writes to. after:
    automations that come first when both are due. needs(settings, as_of): what it must know, by the names `plan` finds
    it under. plan(inputs, settings, as_of): pure.
    """

    name: str
    number: int
    title: str
    description: str
    cron: str
    targets: tuple[Target, ...]
    needs: Callable[[RetailSettings, datetime], Mapping[str, Need]]
    plan: Callable[[Inputs, RetailSettings, datetime], Plan]
    after: tuple[str, ...] = ()


def over_limit(changed: int, considered: int, share: float, *, what: str) -> str | None:
    """Why a plan waits for approval: it would change more than `share` of what it looked at; None when it does not.

    Up to ten changes are never a mass change, whatever the share: a store with few items must be able to work.
    """
    if changed <= max(10, share * considered):
        return None
    return (
        f"{changed:,} of {considered:,} {what} would change, more than {share:.0%}. That looks like broken data. If it "
        "is right, approve it: ops retail approve"
    )


def note(code: str, key: Any, detail: str) -> dict[str, Any]:
    """A row of Plan.notes."""
    return {"code": code, "key": key, "detail": detail}
