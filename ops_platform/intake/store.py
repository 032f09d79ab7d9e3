"""Keeping what the forms say, each thing once however often and by however many tabs it is sent.

What belongs here: the tables leads, stock_requests, newsletter. What does not: what is right (forms.py), the CSV files
written out of them (exports.py). Every function tells whether it was new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from ops_platform.adapters.database import Database
from ops_platform.retail.leads import Lead

Values = Mapping[str, str | None]


def keep_lead(db: Database, values: Values, goals: tuple[str, ...], now: datetime) -> bool:
    """Keep a request for a design; False when the same was sent today already. now: in the store's zone."""
    moment = now.replace(microsecond=0)
    lead = Lead(moment, interested_in=goals, source="intake", **values)
    row = {name: value for name, value in lead.__dict__.items() if name != "source"}
    row |= {"interested_in": list(goals), "lead_id": lead.lead_id, "received_on": moment.date()}
    said = json.dumps([sorted(values.items()), goals])
    row["said_sha256"] = hashlib.sha256(said.encode()).hexdigest()
    return db.execute("retail/put_lead", **row) == 1


def keep_request(db: Database, values: Values, now: datetime) -> bool:
    """Keep who waits for an item; False when the person waits for it already."""
    row = {"requested_at": now.replace(microsecond=0), "email": values["email"], "item_no": values["item"]}
    return db.execute("retail/put_request", **row) == 1


def keep_newsletter(db: Database, values: Values, now: datetime) -> bool:
    """Keep who signs up; False when the address is on the list."""
    return db.execute("retail/put_newsletter", **values, joined_at=now.replace(microsecond=0)) == 1
