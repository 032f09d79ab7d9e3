"""What all checks have in common, whatever the business: their form, and how a verdict or a contract is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dagster as dg

from ops_platform.defs.metadata import table
from ops_platform.defs.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

    from ops_platform.defs.contracts import Contract

Result = dg.AssetCheckResult


def facts(kind: str, *, group: str, owner: str) -> dict[str, Any]:
    """What Dagster has no field for on a check: who looks after it, where it belongs, what it looks at."""
    return {"owner": owner, "group": group, "kind": kind}


def check(asset: dg.AssetKey, kind: str, *, group: str, owner: str) -> Callable[[Any], dg.AssetChecksDefinition]:
    """Make a check of a function; its name and docstring are the check's. Not blocking."""
    return dg.asset_check(asset=asset, metadata=facts(kind, group=group, owner=owner))


def result(verdict: Verdict, **named: Any) -> Result:
    """A verdict as Dagster shows it. named: asset_key and check_name, where one step answers several questions."""
    severity = dg.AssetCheckSeverity.ERROR if verdict.is_error else dg.AssetCheckSeverity.WARN
    found: dict[str, Any] = dict(verdict.figures)
    if verdict.rows:
        found["rows"] = table(verdict.rows)
    return Result(passed=verdict.passed, severity=severity, description=verdict.message, metadata=found, **named)


def name_of(spec: dg.AssetCheckSpec) -> dict[str, Any]:
    """The arguments that say which of several checks a result answers."""
    return {"asset_key": spec.asset_key, "check_name": spec.name}


def contract_result(contract: Contract, frame: pd.DataFrame, spec: dg.AssetCheckSpec) -> Result:
    """Whether the rows keep a data contract, with the contract itself for people to read."""
    violations = contract.violations(frame)
    message = f"{len(frame):,} rows keep the contract."
    if violations:
        message = f"{len(frame):,} rows were looked at; the contract is broken: " + "; ".join(violations)
    return Result(
        passed=not violations,
        severity=dg.AssetCheckSeverity.ERROR,
        description=message,
        metadata={"contract": dg.MetadataValue.md(contract.described()), "rows": len(frame)},
        **name_of(spec),
    )
