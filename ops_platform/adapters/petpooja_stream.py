"""The shop's order stream: pages ordered by stream_id behind a cursor. Source: specification 2.1.

`GET <base>/orders/?limit=<=500&cursor=<last stream_id>` with `X-API-Key` answers `{"data": [...], "total": n}`: the
events after the cursor, oldest first; fewer than the limit mean there are no more. What an event means is the
reader's (restaurant/events.py); here only its `stream_id` is looked at, to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn

from pydantic import SecretStr

from ops_platform.adapters.http import PATIENT, HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError, header_value
from ops_platform.core.order_source import OrderPage, OrderSourceError

_LARGEST: Final = 2**63 - 1  # what the database can keep as a cursor


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class OrderStream:
    """An OrderSource over the stream at `url`. key_setting, url_setting, help: how messages call what may be wrong.

    limit: events a page. pause_seconds: between pages. sleep and clock: replaced in tests.
    """

    name: str
    url: str
    api_key: SecretStr
    limit: int = 500
    pause_seconds: float = 1.0
    timeout_seconds: float = 60.0
    url_setting: str = "restaurant.stream.url"
    key_setting: str = "OPS_RESTAURANT__STREAM__API_KEY in .env"
    help: str = "ask the people who run the feed"
    retry: Retry = PATIENT
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Callable[[], datetime] = field(default=_now, repr=False)

    @property
    def has_days(self) -> bool:
        """A stream knows positions, no days."""
        return False

    def orders_of(self, day: date) -> Iterator[OrderPage]:
        """Always NotImplementedError."""
        raise NotImplementedError(f"the stream cannot be asked for the orders of {day}")

    def new_orders(self, *, after: int | None, today: date) -> Iterator[OrderPage]:
        """Yield every page after the cursor; `today` is not used. Raises OrderSourceError, also between pages.

        A page may repeat events up to the cursor, as long as it holds a newer one too. One without a newer event
        ends the reading with an error, because asking again would give it for ever; the event at the cursor alone is
        how a feed with an inclusive cursor says that there is nothing new.
        """
        try:
            with self._client() as client:
                yield from self._pages(client, after)
        except HttpError as error:
            raise OrderSourceError(self._advice(error)) from None

    def _client(self) -> HttpClient:
        return HttpClient(
            self.url,
            headers={"X-API-Key": header_value(self.api_key.get_secret_value(), self.key_setting)},
            timeout_seconds=self.timeout_seconds,
            retry=self.retry,
            sleep=self.sleep,
        )

    def _pages(self, client: HttpClient, after: int | None) -> Iterator[OrderPage]:
        cursor = after
        while True:
            events = self._events(client, cursor)
            newest = max((place for place in map(_stream_id, events) if place is not None), default=None)
            full = len(events) >= self.limit
            if not self._is_news(events, newest, cursor, full=full):
                return
            reached = cursor if newest is None else newest
            yield OrderPage(
                source=self.name,
                name=f"{self.name} from the beginning" if cursor is None else f"{self.name} after {cursor}",
                events=tuple(events),
                received_at=self.clock(),
                cursor_before=cursor,
                cursor_after=reached,
            )
            if not full:
                return
            cursor = reached
            self.sleep(self.pause_seconds)

    def _is_news(self, events: list[Any], newest: int | None, cursor: int | None, *, full: bool) -> bool:
        """Whether a page is to be handed on; False: there is nothing after the cursor."""
        if not full and newest is None:
            return bool(events)  # events nobody can number are handed on, so that they are rejected and kept
        if not full and all(_stream_id(event) == cursor for event in events):
            return False
        if newest is None or (cursor is not None and newest <= cursor):
            self._stuck(cursor)
        return True

    def _stuck(self, cursor: int | None) -> NoReturn:
        raise OrderSourceError(
            f"the order feed does not go on: asked for events after {cursor or 0}, it answered a page without a newer "
            f"one, and would do so for ever. What was read before is good. If it stays, {self.help}"
        )

    def _events(self, client: HttpClient, cursor: int | None) -> list[Any]:
        answer = client.request("GET", "orders/", params={"limit": self.limit, "cursor": cursor or 0})
        found = answer.json()
        events = found.get("data") if isinstance(found, dict) else None
        if not isinstance(events, list):
            what = "no list `data`" if isinstance(found, dict) else "no object"
            raise OrderSourceError(
                f"{answer.where} answered JSON with {what}, so it is not the order feed, or the feed has an error. "
                f"Look at {self.url_setting}; nothing was lost, the next fetch asks again"
            )
        return events

    def _advice(self, error: HttpError) -> str:
        if error.kind == "address":
            said = str(error)
            return said if said.startswith(self.key_setting) else f"{self.url_setting} {said}"
        if error.status in {401, 403}:
            what = f"the feed does not accept the key: look at {self.key_setting}"
        elif error.status is not None and 300 <= error.status < 500 and error.status != 429:
            what = f"that is not where the feed is: look at {self.url_setting}"
        elif error.kind == "content":
            what = f"look at {self.url_setting}; if it is right, the feed has an error, and the next fetch asks again"
        else:
            what = f"the next fetch asks again; if it stays, {self.help}"
        return f"{error}: {what}. Nothing was lost"


def _stream_id(event: Any) -> int | None:
    """The position of an event; None when it has none that can be read."""
    found = event.get("stream_id") if isinstance(event, dict) else None
    if isinstance(found, str) and found.isdecimal() and len(found) <= len(str(_LARGEST)):
        found = int(found)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _LARGEST:
        return found
    return None
