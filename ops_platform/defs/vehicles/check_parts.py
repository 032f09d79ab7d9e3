"""What all checks of the vehicles assets have in common: whose they are, and the rows most of them look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from ops_platform.defs import check_parts
from ops_platform.defs.resources import OpsDatabase
from ops_platform.defs.vehicles import keys


def facts(kind: str) -> dict[str, Any]:
    """What Dagster has no field for on a check, for this business."""
    return check_parts.facts(kind, group=keys.GROUP, owner=keys.OWNERS[0])


def check(asset: dg.AssetKey, kind: str) -> Callable[[Any], dg.AssetChecksDefinition]:
    """Make a check of a function; its name and docstring are the check's. Not blocking."""
    return check_parts.check(asset, kind, group=keys.GROUP, owner=keys.OWNERS[0])


def rows_of(database: OpsDatabase, query: str, **parameters: Any) -> list[Mapping[str, Any]]:
    """Return the rows of one query."""
    from ops_platform.flows.vehicles.summaries import rows

    with database.for_step() as db:
        return list(rows(db, query, **parameters))


def rows_of_imports(database: OpsDatabase, query: str, run_id: str) -> list[Mapping[str, Any]]:
    """Return the rows of one query for the files this run loaded; for a run that loaded none, the newest file."""
    from ops_platform.flows.vehicles.summaries import imports_of, rows

    with database.for_step() as db:
        return list(rows(db, query, imports=imports_of(db, run_id).ids))
