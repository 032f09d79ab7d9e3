"""Reading what text campaigns need (retail/campaigns/needs.py). Part of gather.py; no rule belongs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.adapters.text_templates import text_template
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.campaigns import needs as ask
from ops_platform.retail.campaigns.compose import read_bodies


def text_readers(db: Database, systems: Systems) -> dict[type, Callable[[Any], pd.DataFrame]]:
    """Need -> how it is read."""
    return {
        ask.TextBodies: _bodies,
        ask.OptedOut: lambda _: db.frame("texts/suppressed", digits=None, is_sandbox=systems.is_sandbox("texts")),
        # Real customers are not changed for what the sandbox says of phones.
        ask.NotTextable: lambda _: db.frame("texts/not_textable", is_sandbox=systems.is_sandbox("customers")),
        ask.TextPictures: lambda _: _pictures(systems),
    }


def _bodies(need: ask.TextBodies) -> pd.DataFrame:
    found = read_bodies(text_template(need.name), f"{need.name}.txt", allowed=need.placeholders)
    return pd.DataFrame({"body": found}, dtype=object)


def _pictures(systems: Systems) -> pd.DataFrame:
    return pd.DataFrame(sorted(systems.text_pictures.items()), columns=["media", "url"], dtype=object)
