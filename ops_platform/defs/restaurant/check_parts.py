"""What all checks of the restaurant assets have in common: what a question may look at, and how it becomes a check.

A question is a function `(asked) -> Verdict`; its name and docstring are the check's. They are asked by few steps
(checks.py), because a step of its own for each would take longer than all the queries together.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import dagster as dg

from ops_platform.defs import check_parts
from ops_platform.defs.restaurant import keys
from ops_platform.defs.verdict import Verdict

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ops_platform.settings import RestaurantSettings, Settings


@dataclass(frozen=True)
class Asked:
    """What a question looks at. days: the business days the run is about. now: aware, what the run works for."""

    connection: sa.Connection
    settings: Settings
    now: datetime
    run_id: str
    days: Sequence[date]

    @property
    def shop(self) -> RestaurantSettings:
        """The settings of this business."""
        return self.settings.restaurant

    def rows(self, query: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """Return the rows of one query."""
        from ops_platform.flows.restaurant.summaries import rows

        return list(rows(self.connection, query, **parameters))

    def of_days(self, query: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """Return the rows of one query for the days the run is about."""
        return self.rows(query, days=list(self.days), **parameters)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How much the days hold: orders, lines, addons."""
        counted = self.of_days("summary_day_counts")
        return {name: int(sum(row[name] for row in counted)) for name in ("orders", "lines", "addons")}

    @cached_property
    def links(self) -> Mapping[str, Mapping[str, Any]]:
        """How many lines (item) and add-ons (addon) of the days have a link."""
        return {row["kind"]: row for row in self.of_days("check_links")}


Question = Callable[[Asked], Verdict]


def facts(kind: str) -> dict[str, Any]:
    """What Dagster has no field for on a check, for this business."""
    return check_parts.facts(kind, group=keys.GROUP, owner=keys.OWNERS[0])


class Questions:
    """Questions that one step asks, in the order they were written."""

    def __init__(self) -> None:
        self._asked: dict[dg.AssetCheckKey, tuple[dg.AssetCheckSpec, Question]] = {}

    def about(self, asset: dg.AssetKey, kind: str = "postgres") -> Callable[[Question], Question]:
        """Make a question of a function. kind: what it looks at."""

        def noted(question: Question) -> Question:
            name = question.__name__
            described = inspect.cleandoc(question.__doc__ or "")
            spec = dg.AssetCheckSpec(name, asset=asset, metadata=facts(kind), description=described)
            self._asked[spec.key] = (spec, question)
            return question

        return noted

    @property
    def specs(self) -> list[dg.AssetCheckSpec]:
        """The checks the step answers."""
        return [spec for spec, _ in self._asked.values()]

    def answer(self, key: dg.AssetCheckKey, asked: Asked) -> check_parts.Result:
        """Ask one question."""
        spec, question = self._asked[key]
        return check_parts.result(question(asked), **check_parts.name_of(spec))
