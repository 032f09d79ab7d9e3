"""Plots in the metadata of automations, where a person would rather look than read.

Imported by the step only, because it draws. What is drawn comes from the platform's own records and the plan's figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from ops_platform.adapters.database import Database
from ops_platform.defs import plots
from ops_platform.flows.retail.runner import Outcome
from ops_platform.flows.retail.systems import Systems

NIGHTLY = frozenset({"total_sold", "related_items", "sort_order", "featured_products"})
"""What is set anew every night: how much of it moves tells more than what."""

_KEEPS, _BACK = "keeps_", "_back"


def of_outcome(db: Database, systems: Systems, outcome: Outcome) -> dict[str, dg.MarkdownMetadataValue]:
    """The plots of one automation's run; most have none."""
    name = outcome.automation.name
    zone = ZoneInfo(systems.settings.retail.timezone)
    if name == "inventory_upload":
        uploads = _rows(db, "plot_lists", zone, automation=name, is_sandbox=systems.is_sandbox("webdav"))
        return {"rows of the lists": plots.picture(plots.lists_plot(uploads), "rows of the lists")}
    if name == "stock_buffer":
        kept = _kept_back(outcome.plan.figures)
        drawn = plots.counts_plot(kept, f"{sum(kept.values()):,} web items by how many of them are kept back")
        return {"kept back": plots.picture(drawn, "kept back")}
    if name in NIGHTLY:
        runs = _rows(db, "plot_runs", zone, automation=name)
        return {"changes by run": plots.picture(plots.changes_plot(runs), "changes by run")}
    return {}


def _kept_back(figures: Mapping[str, float]) -> dict[str, int]:
    """Items by their buffer, the smallest first, out of the plan's figures (keeps_3_back)."""
    found = {
        int(name.removeprefix(_KEEPS).removesuffix(_BACK)): int(count)
        for name, count in figures.items()
        if name.startswith(_KEEPS)
    }
    return {str(kept): found[kept] for kept in sorted(found)}


def _rows(db: Database, query: str, zone: ZoneInfo, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of sql/retail with `at` in the store's zone."""
    found = db.frame(f"retail/{query}", **parameters).to_dict("records")
    return [{**{str(name): value for name, value in row.items()}, "at": row["at"].astimezone(zone)} for row in found]
