"""Reading what the automations about the outside world need (retail/outside_needs.py), for gather.py. No rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.backups import backup_copies, backup_sources
from ops_platform.flows.retail.competitors import competitor_lists, lists_before
from ops_platform.flows.retail.connectivity import at_work, reachability
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail import outside_needs as ask


def outside_readers(db: Database, systems: Systems) -> dict[type, Callable[[Any], pd.DataFrame]]:
    """How each of these needs is read; asked only when it is."""
    settings = systems.settings
    return {
        ask.Reachability: lambda _: reachability(systems),
        ask.ConnectivityRecord: lambda need: db.frame(
            "retail/connectivity_checks", at_most=need.at_most, is_sandbox=systems.is_sandbox("machine")
        ),
        ask.LastCommand: lambda need: db.frame(
            "retail/newest_command", automation=need.automation, is_sandbox=systems.is_sandbox("machine")
        ),
        ask.AtWork: lambda need: at_work(db, need.besides),
        ask.CompetitorLists: lambda _: competitor_lists(systems),
        ask.ListsBefore: lambda need: lists_before(db, systems, need.day),
        ask.BackupSources: lambda _: backup_sources(db, settings),
        ask.BackupCopies: lambda _: backup_copies(db, settings),
    }
