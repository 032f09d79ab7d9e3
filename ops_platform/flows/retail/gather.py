"""Reading what automations need, each thing at most once a run, whoever asks for it.

What belongs here: from a Need (retail/automation.py) to its frame. What does not: any rule, and any writing. A read
that fails raises; it never becomes an empty frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.photos import list_photos
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail import automation as ask
from ops_platform.retail.automation import Automation, Inputs, Need
from ops_platform.settings_retail import RetailSettings


class Gathered:
    """The snapshots of one run. `forget` after something was written, so that nobody plans on what was."""

    def __init__(self, db: Database, systems: Systems) -> None:
        self._db = db
        self._systems = systems
        self._read: dict[Need, pd.DataFrame] = {}

    def inputs(self, automation: Automation, settings: RetailSettings, as_of: datetime) -> Inputs:
        """What an automation needs, by the names its plan finds it under. Errors: those of the systems."""
        return {name: self.frame(need) for name, need in automation.needs(settings, as_of).items()}

    def frame(self, need: Need) -> pd.DataFrame:
        """One snapshot, with the columns of retail/snapshots.py."""
        if need not in self._read:
            self._read[need] = self._readers()[type(need)](need)
        return self._read[need]

    def forget(self, target: str) -> None:
        """Drop what a write to this target made out of date."""
        stale = {
            "counterpoint": (ask.Items, ask.Own),
            "bigcommerce": (ask.Catalogue, ask.Own),
            "webdav": (ask.Published,),
            "files": (ask.PhotoFolder, ask.Own),
        }[target]
        self._read = {need: frame for need, frame in self._read.items() if not isinstance(need, stale)}

    def _readers(self) -> dict[type, Callable[[Any], pd.DataFrame]]:
        pos, systems = self._systems.counterpoint, self._systems
        return {
            ask.Items: lambda _: pos.items(),
            ask.Stock: lambda _: pos.stock(),
            ask.Sales: lambda need: pos.sales(need.start, need.end, need.stores),
            ask.Receivings: lambda need: pos.receivings(need.since),
            ask.OpenDocuments: lambda _: pos.open_documents(),
            ask.ProductMap: lambda _: pos.product_map(),
            ask.Catalogue: lambda _: systems.bigcommerce.catalogue(),
            ask.PhotoFolder: lambda _: list_photos(systems.photos, now=time.time()),
            ask.Own: lambda need: self._db.frame("retail/own_values", automation=need.automation, field=need.field),
            ask.Published: lambda need: self._db.frame(
                "retail/last_published", automation=need.automation, is_sandbox=systems.is_sandbox("webdav")
            ),
        }
