"""Reading what automations need, each thing at most once a run, whoever asks for it.

What belongs here: from a Need (retail/automation.py) to its frame. What does not: any rule, and any writing. A read
that fails raises; it never becomes an empty frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.gather_customers import customer_readers
from ops_platform.flows.retail.gather_outside import outside_readers
from ops_platform.flows.retail.gather_reports import PartlyRead, read_or_error, report_readers, without_known
from ops_platform.flows.retail.gather_requests import request_readers
from ops_platform.flows.retail.gather_texts import text_readers
from ops_platform.flows.retail.photos import list_photos
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail import automation as ask
from ops_platform.retail.automation import Automation, Inputs, Need
from ops_platform.retail.customer_needs import Customers, Exported
from ops_platform.retail.outside_needs import BackupCopies
from ops_platform.retail.reports.needs import MayFail
from ops_platform.retail.request_needs import Coupons, EffectStates, FollowedUp, ItemsTold, Promotions
from ops_platform.settings_retail import RetailSettings


class Gathered:
    """The snapshots of one run. `forget` after something was written, so that nobody plans on what was.

    again: somebody asked for reports that were made before.
    """

    def __init__(self, db: Database, systems: Systems, *, again: bool = False) -> None:
        self._db = db
        self._again = again
        self._systems = systems
        self._read: dict[Need, pd.DataFrame] = {}

    def inputs(self, automation: Automation, settings: RetailSettings, as_of: datetime) -> Inputs:
        """What an automation needs, by the names its plan finds it under. Errors: those of the systems."""
        needs = automation.needs(settings, as_of)
        if not self._again:
            needs = without_known(needs, self.frame)
        return PartlyRead({name: self._frame_or_error(need) for name, need in needs.items()})

    def frame(self, need: Need) -> pd.DataFrame:
        """One snapshot, with the columns of retail/snapshots.py."""
        if need not in self._read:
            self._read[need] = self._readers()[type(need)](need)
        return self._read[need]

    def _frame_or_error(self, need: Need) -> pd.DataFrame | Exception:
        return read_or_error(self.frame, need) if isinstance(need, MayFail) else self.frame(need)

    def forget(self, target: str) -> None:
        """Drop what a write to this target made out of date."""
        # Effects are not in it: whoever plans them looks into the ledger, which knows every key.
        stale: tuple[type, ...] = {
            "counterpoint": (ask.Items, ask.Own),
            "customers": (Customers, ask.Own),
            "counterpoint_api": (Customers,),
            "bigcommerce": (ask.Catalogue, ask.Own, Coupons, Promotions),
            "webdav": (ask.Published,),
            "exports": (ask.Published, Exported),
            "files": (ask.PhotoFolder, ask.Own),
            "backups": (BackupCopies,),
        }.get(target, ())
        stale += (EffectStates, FollowedUp, ItemsTold)
        self._read = {need: frame for need, frame in self._read.items() if not isinstance(need, stale)}

    def _readers(self) -> dict[type, Callable[[Any], pd.DataFrame]]:
        systems = self._systems
        return {
            **report_readers(self._db, systems, again=self._again),
            **request_readers(self._db, systems),
            **customer_readers(self._db, systems),
            **text_readers(self._db, systems),
            **outside_readers(self._db, systems),
            ask.Items: lambda _: systems.counterpoint.items(),
            ask.Stock: lambda _: systems.counterpoint.stock(),
            ask.Sales: lambda need: systems.counterpoint.sales(need.start, need.end, need.stores),
            ask.Receivings: lambda need: systems.counterpoint.receivings(need.since),
            ask.OpenDocuments: lambda _: systems.counterpoint.open_documents(),
            ask.ProductMap: lambda _: systems.counterpoint.product_map(),
            ask.WebDescriptions: lambda _: systems.counterpoint.web_descriptions(),
            ask.Catalogue: lambda _: systems.bigcommerce.catalogue(),
            ask.PhotoFolder: lambda _: list_photos(systems.photos, now=time.time()),
            ask.Own: lambda need: self._db.frame(
                "retail/own_values",
                automation=need.automation,
                field=need.field,
                sandbox_targets=[target for target in get_args(ask.Target) if systems.is_sandbox(target)],
            ),
            ask.Published: lambda need: self._db.frame(
                "retail/last_published", automation=need.automation, is_sandbox=systems.is_sandbox(need.place)
            ),
        }
