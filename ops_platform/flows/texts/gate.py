"""What decides about texts at the moment one is claimed, and again just before its call.

What belongs here: what a plan of the morning cannot know: an opt-out since, the hour at the recipient's place, what the
phone got meanwhile, a campaign switched off or paused, test recipients. What does not: pauses and budgets of a whole
kind (the ledger's).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from ops_platform.adapters.database import lock_in_transaction, records
from ops_platform.core import effect_keys
from ops_platform.flows.effects.senders import Defer, Effect, Go, Suppress, Verdict
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.planning import hours_of
from ops_platform.retail.campaigns.quiet_hours import Place, next_allowed

_BESIDE: Final = {campaign.name: frozenset(campaign.beside) for campaign in CAMPAIGNS}
_PAUSED_AGAIN: Final = timedelta(minutes=10)  # about as often as the ledger's schedule looks what is due
_WHY: Final = {
    "stop": "the recipient wrote STOP",
    "carrier": "the carrier says the recipient opted out",
    "person": "somebody at the store stopped texts to this phone",
    "not_textable": "the phone cannot be texted",
}


@dataclass(frozen=True)
class _Text:
    """A text that went or may have gone, or is about to. whose: the phone; of a test recipient, the customer."""

    effect_id: int
    campaign: str
    occasion: str
    whose: str
    is_of_today: bool


class TextGate:
    """The gate of the kind `text` (flows/effects/senders.py)."""

    def __init__(self, systems: Systems) -> None:
        self._store = systems.settings.retail
        self._texts = systems.settings.retail.texts
        self._hours = hours_of(self._texts)

    def check(self, connection: sa.Connection, effects: Sequence[Effect], now: datetime) -> Sequence[Verdict]:
        """One verdict an effect. What a phone got is looked at under a lock, held until the claim is committed."""
        stopped = self._stopped(connection, effects)
        paused = {row["campaign"]: row for row in records(connection, "texts/paused_campaigns")}
        verdicts = [_paused(effect, paused, now) or self._of_one(effect, stopped, now) for effect in effects]
        # One that is claimed already counts for all others since then: nothing more can have come before it.
        going = [e for e, verdict in zip(effects, verdicts, strict=True) if isinstance(verdict, Go) and e.claim is None]
        enough = self._with_enough(connection, going)
        return [enough.get(each.effect_id, verdict) for each, verdict in zip(effects, verdicts, strict=True)]

    def _of_one(self, effect: Effect, stopped: dict[str, str], now: datetime) -> Verdict:
        digits = _digits(effect)
        if digits in stopped:
            return Suppress(_WHY[stopped[digits]])
        chosen = self._texts.campaigns.get(effect.payload["campaign"])
        if chosen is not None and not chosen.enabled:
            return Suppress(f"the campaign {effect.payload['campaign']} is switched off (retail.texts.campaigns)")
        if self._texts.test_recipients and effect.target not in self._texts.test_recipients:
            return Suppress("texts go to retail.texts.test_recipients only")
        if effect_keys.is_test_text(effect.key) and not self._texts.test_recipients:
            return Suppress("it was meant for a test recipient, and there is none any more")
        place = Place(tuple(effect.payload["zones"]), tuple(effect.payload["states"]))
        start = next_allowed(now, place, self._hours)
        if start is None:
            return Suppress("quiet hours: for the rest of the day no text may reach the recipient's place")
        return Go() if start <= now else Defer(start, "quiet hours at the recipient's place")

    def _stopped(self, connection: sa.Connection, effects: Iterable[Effect]) -> dict[str, str]:
        which = {"digits": sorted({_digits(effect) for effect in effects}), "is_sandbox": self._is_sandbox}
        return {row["digits"]: row["reason"] for row in records(connection, "texts/suppressed", **which)}

    @property
    def _is_sandbox(self) -> bool:
        return self._texts.mode == "sandbox"

    def _with_enough(self, connection: sa.Connection, effects: Sequence[Effect]) -> dict[int, Verdict]:
        """Effects whose phone had this very text, or its texts of the day; those of the batch count in their order."""
        most = self._texts.max_per_customer_per_day
        if not effects or (most is None and not self._texts.one_text_a_phone):
            return {}
        targets = sorted({effect.target for effect in effects})
        for target in targets:  # in one order everywhere, so that two workers cannot wait for each other
            lock_in_transaction(connection, f"text.{target}")
        which = {"targets": targets, "is_sandbox": self._is_sandbox, "zone": self._store.timezone}
        had: dict[str, list[_Text]] = defaultdict(list)
        for row in records(connection, "texts/today", **which):
            text = _text(row["effect_id"], row["key"], row["digits"], row["campaign"], is_of_today=row["is_of_today"])
            had[text.whose].append(text)
        enough: dict[int, Verdict] = {}
        for effect in effects:
            mine = _text(effect.effect_id, effect.key, _digits(effect), str(effect.payload["campaign"]))
            others = [text for text in had[mine.whose] if text.effect_id != mine.effect_id]
            if why := self._why_enough(mine, others, most):
                enough[effect.effect_id] = Suppress(why)
            else:
                had[mine.whose].append(mine)
        return enough

    def _why_enough(self, mine: _Text, others: Sequence[_Text], most: int | None) -> str | None:
        same = (mine.campaign, mine.occasion)
        if self._texts.one_text_a_phone and any((text.campaign, text.occasion) == same for text in others):
            return "another customer with the same phone got the text"
        beside = _BESIDE.get(mine.campaign, frozenset())
        count = sum(text.is_of_today and text.campaign not in beside for text in others)
        if most is None or count < most:
            return None
        return f"the phone had {count} text{'s' if count > 1 else ''} today; {most} is the most"


def _paused(effect: Effect, paused: Mapping[str, Mapping[str, Any]], now: datetime) -> Verdict | None:
    """The verdict on a text whose campaign is paused: it waits, and expires like any other when its time is over."""
    control = paused.get(effect.payload["campaign"])
    if control is None:
        return None
    return Defer(now + _PAUSED_AGAIN, f"its campaign is paused by {control['who']}: {control['why']}")


def _text(effect_id: int, key: str, digits: str, campaign: str, *, is_of_today: bool = True) -> _Text:
    cust_no, occasion = effect_keys.of_text(key)
    whose = f"test {cust_no}" if effect_keys.is_test_text(key) else digits
    return _Text(effect_id, campaign, occasion, whose, is_of_today)


def _digits(effect: Effect) -> str:
    return effect.target[-10:]
