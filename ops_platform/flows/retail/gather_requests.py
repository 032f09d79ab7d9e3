"""Reading leads, requests and coupons (retail/request_needs.py): shared files and the form's tables as one.

What belongs here: from such a Need to its frame. What does not: what a row means (retail/leads.py, retail/requests.py),
and any rule.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.adapters.database import Database, records
from ops_platform.adapters.installation import installation_secret
from ops_platform.adapters.shared_csv import read_shared
from ops_platform.core import effect_keys
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail import request_needs as ask
from ops_platform.retail.leads import Lead, leads_frame, read_leads, rejects_frame
from ops_platform.retail.requests import StockRequest, read_requests, requests_frame
from ops_platform.retail.shared_rows import Reject
from ops_platform.retail.snapshots import EFFECT_STATES
from ops_platform.settings import Settings
from ops_platform.settings_modes import sandbox_kinds

COUPON_SECRET = "coupon_codes"  # noqa: S105  # its name
_FORM = "intake"


def request_readers(db: Database, systems: Systems) -> dict[type, Callable[[Any], pd.DataFrame]]:
    """A reader a need."""
    settings = systems.settings

    return {
        ask.Leads: lambda need: all_leads(db, settings, need.since),
        ask.RejectedLeads: lambda _: rejects_frame(_shared_leads(settings)[1]),
        ask.FollowedUp: lambda _: db.frame("retail/followed_up", is_sandbox=systems.is_sandbox("mail")),
        ask.StockRequests: lambda _: requests_frame(waiting_requests(db, settings), _coupon_secret(settings)),
        ask.RejectedRequests: lambda _: rejects_frame(_shared_requests(settings)[1]),
        ask.EffectStates: lambda need: effect_states(db, systems, need.prefix),
        ask.ItemsTold: lambda need: db.frame(
            "retail/items_told",
            prefix=effect_keys.STOCK_MAIL,
            since=need.since,
            is_sandbox=systems.is_sandbox("mail"),
        ),
        ask.ProductPages: lambda _: systems.bigcommerce.pages(),
        ask.Coupons: lambda _: systems.bigcommerce.coupons(),
        ask.Promotions: lambda _: systems.bigcommerce.promotions(),
    }


def effect_states(db: Database, systems: Systems, prefix: str) -> pd.DataFrame:
    """Where effects stand, with the columns of snapshots.EFFECT_STATES: those of the systems that count now."""
    found = db.frame("effects/states", prefix=prefix, sandbox_kinds=sandbox_kinds(systems.settings))
    return found[[*EFFECT_STATES]]


def all_leads(db: Database, settings: Settings, since: date | None) -> pd.DataFrame:
    """Leads of the file and of the form, each once. Errors: SharedCsvError, SharedFileError."""
    return leads_frame([*_shared_leads(settings)[0], *form_leads(db, settings, since)], since)


def form_leads(db: Database, settings: Settings, since: date | None = None) -> list[Lead]:
    """Leads that came in by the form."""
    zone = ZoneInfo(settings.retail.timezone)
    return [
        Lead(**{
            **row, "received_at": row["received_at"].astimezone(zone), "interested_in": tuple(row["interested_in"]),
            "source": _FORM,
        })
        for row in _rows(db, "retail/intake_leads", since=since)
    ]  # fmt: skip


def waiting_requests(db: Database, settings: Settings) -> list[StockRequest]:
    """Requests of the file and of the form. Errors: SharedCsvError, SharedFileError."""
    return [*_shared_requests(settings)[0], *form_requests(db, settings)]


def form_requests(db: Database, settings: Settings) -> list[StockRequest]:
    """Who waits by the form."""
    zone = ZoneInfo(settings.retail.timezone)
    rows = _rows(db, "retail/intake_requests")
    return [StockRequest(row["requested_at"].astimezone(zone), row["email"], row["item_no"], _FORM) for row in rows]


def _shared_leads(settings: Settings) -> tuple[list[Lead], list[Reject]]:
    path = settings.retail.leads.design_requests
    shared = read_shared(path)
    return read_leads(shared.data, file=path.name, zone=ZoneInfo(settings.retail.timezone), settled=shared.settled)


def _shared_requests(settings: Settings) -> tuple[list[StockRequest], list[Reject]]:
    path = settings.retail.leads.stock_requests
    shared = read_shared(path)
    return read_requests(shared.data, file=path.name, zone=ZoneInfo(settings.retail.timezone), settled=shared.settled)


def _coupon_secret(settings: Settings) -> bytes:
    return installation_secret(settings.home, COUPON_SECRET, settings.retail.stock_notifications.code_key)


def _rows(db: Database, query: str, **parameters: Any) -> list[dict[str, Any]]:
    with db.engine.connect() as connection:
        return records(connection, query, **parameters)
