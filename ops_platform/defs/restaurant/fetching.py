"""Bring in orders for a run: what is new, or some business days again. Imported by the load step only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ops_platform.adapters.database import Database
from ops_platform.adapters.petpooja import order_source
from ops_platform.core.order_source import OrderSource, OrderSourceError
from ops_platform.defs.resources import is_away
from ops_platform.flows.restaurant.fetching import fetch_day, fetch_new, reload_day
from ops_platform.flows.restaurant.rematching import rematch
from ops_platform.restaurant.business_day import business_day
from ops_platform.settings import Settings


@dataclass
class Fetched:
    """today: the business day that is going on. again: days done again. failed: what -> reason. notes: for people."""

    today: date
    again: list[date] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fetch:
    """What every part of a fetch needs. now: aware. log: the run's."""

    db: Database
    settings: Settings
    now: datetime
    run_id: str
    log: Any

    def new(self) -> Fetched:
        """Fetch what came since the last time. Errors: OrderSourceError; what came before it is loaded."""
        done = Fetched(self._today())
        self._fetch_new(order_source(self.settings))
        return done

    def again(self, days: Sequence[date]) -> Fetched:
        """Do business days again, one after the other, whatever becomes of each.

        A source that knows days is asked for the day; otherwise its kept events are read and matched anew. The day
        that is going on gets what is new first, because whoever asks for it wants all of it.
        Errors: only those of a database that is away; another error of a day is that day's entry in `failed`.
        """
        done = Fetched(self._today())
        source = self._source_if_any(done)
        if done.today in days and source is not None:
            try:
                self._fetch_new(source)
            except OrderSourceError as error:
                done.failed["what is new"] = str(error)
        for day in days:
            try:
                self._day_again(source, day)
            except Exception as error:
                if is_away(error):
                    raise
                # What one day is guilty of must not reach the next one.
                self.log.exception(f"{day} could not be done again")
                done.failed[str(day)] = str(error) or type(error).__name__
            else:
                done.again.append(day)
        return done

    def _source_if_any(self, done: Fetched) -> OrderSource | None:
        try:
            return order_source(self.settings)
        except OrderSourceError as error:
            done.notes.append(f"only kept events were read: {error}")
            return None

    def _fetch_new(self, source: OrderSource) -> None:
        fetch_new(self.db, source, settings=self.settings, now=self.now, run_id=self.run_id, progress=self.log.info)

    def _day_again(self, source: OrderSource | None, day: date) -> None:
        if source is None or not source.has_days:
            reload_day(self.db, day, settings=self.settings, now=self.now, run_id=self.run_id, progress=self.log.info)
            return
        fetch_day(
            self.db, source, day, settings=self.settings, now=self.now, run_id=self.run_id, progress=self.log.info
        )
        # An order that came again unchanged keeps its links; the menu may have changed all the same.
        rematch(self.db, settings=self.settings, now=self.now, since=day, until=day, run_id=self.run_id)

    def _today(self) -> date:
        shop = self.settings.restaurant
        return business_day(self.now, ZoneInfo(shop.timezone), shop.day_starts_at)
