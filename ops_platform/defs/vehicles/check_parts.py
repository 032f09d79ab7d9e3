"""What all checks of the vehicles assets have in common: their form, and the rows most of them look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from ops_platform.defs.metadata import table
from ops_platform.defs.resources import OpsDatabase
from ops_platform.defs.vehicles import keys
from ops_platform.defs.vehicles.verdicts import Verdict

Result = dg.AssetCheckResult


def facts(kind: str) -> dict[str, Any]:
    """What Dagster has no field for on a check: who looks after it, where it belongs, what it looks at."""
    return {"owner": keys.OWNERS[0], "group": keys.GROUP, "kind": kind}


def check(asset: dg.AssetKey, kind: str) -> Callable[[Any], dg.AssetChecksDefinition]:
    """Make a check of a function; its name and docstring are the check's. Not blocking."""
    return dg.asset_check(asset=asset, metadata=facts(kind))


def result(verdict: Verdict, **named: Any) -> Result:
    """A verdict as Dagster shows it. named: asset_key and check_name, where one step answers several questions."""
    severity = dg.AssetCheckSeverity.ERROR if verdict.is_error else dg.AssetCheckSeverity.WARN
    found: dict[str, Any] = dict(verdict.figures)
    if verdict.rows:
        found["rows"] = table(verdict.rows)
    return Result(passed=verdict.passed, severity=severity, description=verdict.message, metadata=found, **named)


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
