"""PetPooja's orders API, a day at a time. Source: specification 2.2, from what public clients of it found out.

`POST <url>/V1/thirdparty/generic_get_orders/` with the keys, restID, order_date (YYYY-MM-DD) and refId as JSON. POST,
although it is documented as GET: the network in front of it refuses a GET with a body. What it is known for:

- HTTP 200 carries errors: only code "200" with success "1" is an answer.
- A question for day D answers D and the day before; some accounts answer the day before only. So the day after is
  asked too, and each order is taken by its own day.
- 50 orders an answer on accounts with many; the next ones are had with refId, the one of the last order. An answer
  of fewer is the last.

Order numbers may begin anew each day. Which operating day an order belongs to is the reader's rule, not this file's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from ops_platform.adapters.http import PATIENT, HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError, header_value, masked
from ops_platform.core.order_source import OrderPage, OrderSourceError
from ops_platform.settings import PetpoojaSettings

PATH: Final = "V1/thirdparty/generic_get_orders/"
PAGE: Final = 50
_MOST_PAGES: Final = 400  # 20,000 orders in two days: no shop sells so many, so it is a loop
_DAY: Final = timedelta(days=1)
_KEYS: Final = {"app_key": 32, "app_secret": 40, "access_token": 40}  # characters, in every account seen

_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class PetpoojaOrders:
    """An OrderSource over PetPooja's API. zone: the shop's, in which PetPooja writes its days.

    sleep and clock: replaced in tests.
    """

    settings: PetpoojaSettings
    zone: ZoneInfo
    timeout_seconds: float = 60.0
    retry: Retry = PATIENT
    name: str = "petpooja"
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Callable[[], datetime] = field(default=_now, repr=False)

    @property
    def has_days(self) -> bool:
        """Any day can be asked for again."""
        return True

    def new_orders(self, *, after: int | None, today: date) -> Iterator[OrderPage]:
        """Yield yesterday, which may have changed since, and today; `after` is not used. Raises OrderSourceError."""
        with self._client() as client:
            before, now = self._answers(client, [today - _DAY, today])
            yield self._page(today - _DAY, _of_day(today - _DAY, before, now, zone=self.zone))
            yield self._page(today, _of_day(today, now, zone=self.zone))

    def orders_of(self, day: date) -> Iterator[OrderPage]:
        """Yield one page with all orders of a day. Raises OrderSourceError."""
        with self._client() as client:
            today = self.clock().astimezone(self.zone).date()
            answers = self._answers(client, [day, day + _DAY] if day < today else [day])
            yield self._page(day, _of_day(day, *answers, zone=self.zone))

    @contextmanager
    def _client(self) -> Iterator[HttpClient]:
        try:
            cookie = self.settings.cookie
            setting = "OPS_RESTAURANT__PETPOOJA__COOKIE in .env"
            with HttpClient(
                self.settings.url,
                headers={"Cookie": header_value(cookie.get_secret_value(), setting)} if cookie else {},
                timeout_seconds=self.timeout_seconds,
                retry=self.retry,
                sleep=self.sleep,
            ) as client:
                yield client
        except HttpError as error:
            raise OrderSourceError(_advice(error)) from None

    def _page(self, day: date, orders: list[Any]) -> OrderPage:
        return OrderPage(source=self.name, name=day.isoformat(), events=tuple(orders), received_at=self.clock())

    def _answers(self, client: HttpClient, days: list[date]) -> list[list[Any]]:
        return [self._answer(client, day) for day in days]

    def _answer(self, client: HttpClient, day: date) -> list[Any]:
        """All orders the API has to say about a day, whichever day they are of."""
        orders: list[Any] = []
        asked: list[str] = [""]
        while True:
            part = self._ask(client, day, asked[-1])
            orders += part
            if len(part) < PAGE:
                return orders
            reference = _reference(part[-1])
            if reference is None:
                if len(part) == PAGE:
                    _log.warning("PetPooja answered %d orders for %s and no refId to ask for more with", PAGE, day)
                return orders
            if reference in asked or len(asked) >= _MOST_PAGES:
                raise OrderSourceError(
                    f"PetPooja repeats itself: its orders of {day} do not end after {len(orders)}. Nothing was lost; "
                    "the next fetch asks again, and if it stays, tell PetPooja"
                )
            asked.append(reference)

    def _ask(self, client: HttpClient, day: date, reference: str) -> list[Any]:
        body = {
            **{name: self._key(name) for name in _KEYS},
            "restID": self.settings.rest_id,
            "order_date": day.isoformat(),
            "refId": reference,
        }
        # It only reads, so it may be repeated although it is a POST. The type of its answers is not to be relied on.
        answer = client.request("POST", PATH, json=body, repeatable=True)
        found = answer.json(any_type=True)
        if not isinstance(found, dict):
            raise OrderSourceError(f"{answer.where} answered JSON that is no object: look at restaurant.petpooja.url")
        if str(found.get("code")) != "200" or str(found.get("success")) != "1":
            self._refused(found)
        orders = found.get("order_json")
        if not isinstance(orders, list):
            raise OrderSourceError(
                f"PetPooja answered success for {day}, but without the list order_json; nothing is taken from that. "
                "The next fetch asks again; if it stays, ask PetPooja what changed"
            )
        return orders

    def _key(self, name: str) -> str:
        secret = getattr(self.settings, name)
        return str(secret.get_secret_value()).strip() if secret else ""

    def _refused(self, found: dict[str, Any]) -> NoReturn:
        """An error inside HTTP 200. The codes are used for several things, so the message is looked at first."""
        code = next((str(found[key]) for key in ("errorCode", "error_code", "code") if found.get(key)), "none")
        secrets = [self._key(name) for name in _KEYS]
        cookie = self.settings.cookie
        message = masked(str(found.get("message") or ""), [*secrets, cookie.get_secret_value() if cookie else ""])
        said = f"PetPooja refused (code {masked(code, secrets, longest=20)}" + (f": {message})" if message else ")")
        words = message.lower()
        if code == "GN_102" or "token" in words:
            what = "look at OPS_RESTAURANT__PETPOOJA__ACCESS_TOKEN in .env" + self._lengths("access_token")
        elif code == "GN_105" or "credential" in words:
            what = "look at OPS_RESTAURANT__PETPOOJA__APP_KEY and ..__APP_SECRET in .env"
            what += self._lengths("app_key", "app_secret")
        elif code in {"103", "MS_101"} or "mapping" in words or "restaurant" in words:
            what = "look at restaurant.petpooja.rest_id; these keys may be those of another outlet"
        else:
            what = "look at restaurant.petpooja.rest_id and the keys in .env; PetPooja's support knows the code"
        raise OrderSourceError(f"{said}: {what}. Nothing was lost")

    def _lengths(self, *names: str) -> str:
        """A hint where a key was copied in part, which PetPooja's own message does not tell."""
        odd = [f"the {n} has {len(self._key(n))} characters, not {_KEYS[n]}" for n in names if self._odd(n)]
        return f" ({'; '.join(odd)})" if odd else ""

    def _odd(self, name: str) -> bool:
        return len(self._key(name)) != _KEYS[name]


def _of_day(day: date, *answers: list[Any], zone: ZoneInfo) -> list[Any]:
    """The orders of a day out of answers, oldest first. An order in a later answer replaces that of an earlier one.

    Orders whose day cannot be read stay in, so that they are rejected and kept, not lost.
    """
    kept: list[Any] = []
    for answer in answers:
        found = [order for order in answer if _day(order, zone) in {day, None}]
        newer = {_number(order) for order in found} - {None}
        kept = [order for order in kept if _number(order) not in newer and order not in found] + found
    return kept


def _day(order: Any, zone: ZoneInfo) -> date | None:
    head = _head(order)
    for name in ("order_date", "created_on"):
        try:
            at = datetime.fromisoformat(str(head[name]).strip())
        except (KeyError, ValueError):
            continue
        return at.astimezone(zone).date() if at.tzinfo else at.date()
    return None


def _number(order: Any) -> str | None:
    """The order's number, as text: PetPooja writes both 110 and "110"."""
    found = _head(order).get("orderID")
    return None if found is None else str(found)


def _reference(order: Any) -> str | None:
    found = _head(order).get("refId") or (order.get("refId") if isinstance(order, dict) else None)
    return str(found) if found else None


def _head(order: Any) -> dict[str, Any]:
    found = order.get("Order") if isinstance(order, dict) else None
    return found if isinstance(found, dict) else {}


def _advice(error: HttpError) -> str:
    if error.kind == "address":
        said = str(error)
        return said if said.startswith("OPS_") else f"restaurant.petpooja.url {said}"
    if error.status in {401, 403}:
        what = (
            "PetPooja, or the network in front of it, does not let us in: look at the keys "
            "OPS_RESTAURANT__PETPOOJA__... in .env, and whether PetPooja gave you a COOKIE to set there"
        )
    elif error.kind == "content" or (error.status is not None and 300 <= error.status < 500 and error.status != 429):
        what = "look at restaurant.petpooja.url; if it is right, PetPooja has an error, and the next fetch asks again"
    else:
        what = "the next fetch asks again; if it stays, ask PetPooja"
    return f"{error}: {what}. Nothing was lost"
