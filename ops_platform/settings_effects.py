"""What may be set about the ledger of effects: budgets, patience, and when a person is asked.

Part of settings.py. How fast and how much of one kind its own system takes stands there (mail.per_minute and
mail.daily_limit, retail.texts.per_second).
"""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, model_validator

from ops_platform.core.effects import KINDS
from ops_platform.settings_section import Section

_BUDGETS: Final = {"coupon": 500, "customer": 500, "command": 10}


class EffectsSettings(Section):
    """Mails, coupons, new customers, texts, commands: everything that leaves the house and may happen only once."""

    daily_budget: dict[str, int] = Field(
        default_factory=lambda: dict(_BUDGETS),
        description="at most so many of a kind a day; a kind not named: no limit",
    )
    lease_seconds: float = Field(300.0, gt=0, le=3600, description="no call takes longer; later its end is unknown")
    grace_seconds: float = Field(120.0, ge=0, le=86_400, description="before an unknown one is asked for")
    most_looks: int = Field(6, ge=1, description="how often it is asked for before only a person can decide")
    retry_first_seconds: float = Field(
        60.0, ge=0, le=86_400, description="after a temporary refusal; doubles each time"
    )
    retry_longest_seconds: float = Field(3600.0, ge=0, le=604_800)
    max_attempts: int = Field(8, ge=1, description="temporary refusals after which it has failed")
    overdue_minutes: float = Field(120.0, gt=0, description="warn when something has been due for longer")

    @model_validator(mode="after")
    def _budgets_are_of_kinds(self) -> Self:
        if unknown := [kind for kind in self.daily_budget if kind not in KINDS]:
            raise ValueError(f"daily_budget.{unknown[0]}: there is no such kind; there are {', '.join(KINDS)}")
        if any(budget < 0 for budget in self.daily_budget.values()):
            raise ValueError("daily_budget: a budget is 0 or more")
        return self
