"""What all checks of the retail assets have in common: what a question may look at, and how it becomes a check.

A question is a function `(asked) -> Verdict`; its docstring says why it is asked. Those about an automation are asked
by the step that runs it, so that they are asked after a failure too; the others by checks.store_checks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import dagster as dg

from ops_platform.defs import check_parts
from ops_platform.defs.retail import keys
from ops_platform.defs.verdict import Verdict

if TYPE_CHECKING:
    from ops_platform.adapters.database import Database
    from ops_platform.flows.retail.gather import Gathered
    from ops_platform.flows.retail.systems import Systems
    from ops_platform.settings_retail import RetailSettings


@dataclass(frozen=True)
class Asked:
    """What a question looks at. now: aware, what the run works for."""

    db: Database
    systems: Systems
    now: datetime

    @property
    def store(self) -> RetailSettings:
        """The settings of this business."""
        return self.systems.settings.retail

    @cached_property
    def read(self) -> Gathered:
        """What can be read of the store, each thing once however many questions ask; read after the automations."""
        from ops_platform.flows.retail.gather import Gathered

        return Gathered(self.db, self.systems)

    def records(self, query: str, **parameters: Any) -> list[Mapping[str, Any]]:
        """Rows of our own records: a query of sql/retail."""
        found: list[Any] = self.db.frame(f"retail/{query}", **parameters).to_dict("records")
        return found


Question = Callable[[Asked], Verdict]


class Questions:
    """Questions that one step asks, in the order they were written."""

    def __init__(self) -> None:
        self._asked: dict[dg.AssetCheckKey, tuple[dg.AssetCheckSpec, Question]] = {}

    def about(self, *assets: dg.AssetKey, kind: str = "postgres") -> Callable[[Question], Question]:
        """Make a question of a function, for one asset or several. kind: what it looks at."""

        def noted(question: Question) -> Question:
            for asset in assets:
                self.add(asset, question.__name__, inspect.cleandoc(question.__doc__ or ""), question, kind=kind)
            return question

        return noted

    def add(self, asset: dg.AssetKey, name: str, why: str, question: Question, *, kind: str = "postgres") -> None:
        """Note a question about an asset."""
        facts = check_parts.facts(kind, group=keys.GROUP, owner=keys.OWNERS[0])
        spec = dg.AssetCheckSpec(name, asset=asset, metadata=facts, description=why)
        self._asked[spec.key] = (spec, question)

    @property
    def specs(self) -> list[dg.AssetCheckSpec]:
        """The checks the step answers."""
        return [spec for spec, _ in self._asked.values()]

    def answers(self, wanted: Iterable[dg.AssetCheckKey], asked: Asked) -> Iterable[check_parts.Result]:
        """Ask those that are wanted. What cannot be looked at is told and stops no other question."""
        chosen = set(wanted)
        for key, (spec, question) in self._asked.items():
            if key in chosen:
                yield check_parts.result(_answered(question, asked), **check_parts.name_of(spec))


def _answered(question: Question, asked: Asked) -> Verdict:
    from ops_platform.adapters.bigcommerce import BigCommerceError
    from ops_platform.adapters.counterpoint import CounterpointError
    from ops_platform.adapters.shared_csv import SharedCsvError
    from ops_platform.retail.shared_rows import SharedFileError

    try:
        return question(asked)
    except (CounterpointError, BigCommerceError, SharedCsvError, SharedFileError, OSError) as error:
        return Verdict(False, f"This could not be looked at: {error}")
