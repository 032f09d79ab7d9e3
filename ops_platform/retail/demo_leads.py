"""People who write to the demo store: requests for a design, requests for sold out plants, and the coupons there are.

Belongs here: what they say, drawn from a seed and the day alone, so that a demo of tomorrow has today's and more. Not
here: which items and customers there are (flows/retail/demo_requests.py asks the store), writing the files.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final, NamedTuple

from ops_platform.retail.leads import Lead
from ops_platform.retail.requests import StockRequest

SEED: Final = 2026
BAD_LEAD: Final = ("soon", "Nobody", "Knows", "nobody@customers.example", "", "", "", "", "", "", "", "")
"""A row of a form that did not know the date: every real file has some."""

_DAYS: Final = 3
_A_DAY: Final = 4
_NAMES: Final = (
    ("Dana", "Whitfield"), ("Miguel", "O'Hara"), ("Priya", "Raman"), ("Lee", "Park"), ("Ruth", "McAllister"),
    ("Sam", "de la Cruz"), ("Grace", "Lindqvist"), ("Omar", "Haddad"), ("June", "Tanaka"), ("Walt", "Berry"),
)  # fmt: skip
_STREETS: Final = ("Oak Street", "Old Mill Road", "Laurel Lane", "Ridge Avenue", "Creek View")
_TOWNS: Final = (("Asheville", "28801"), ("Hendersonville", "28739"), ("Black Mountain", "28711"), ("Brevard", "28712"))
_GOALS: Final = ("Landscape design", "Planting", "Patio or walkway", "Retaining wall", "Lawn", "Irrigation")
_TIMELINES: Final = ("Today", "This week", "This month", "In the next months", "Just looking")
_COMMENTS: Final = (
    None, None, "The hedge along the road died over winter.", "Deer eat everything. Please call after 4 pm.",
    "A slope of about 20 feet, half shade.", "We would like a small pond & a place to sit.",
)  # fmt: skip


class Known(NamedTuple):
    """A customer who writes again."""

    first_name: str
    last_name: str
    email: str
    phone: str | None


def demo_leads(now: datetime, known: Sequence[Known], *, seed: int = SEED) -> list[Lead]:
    """The leads of the last three days and of this morning up to `now`, some of them of customers."""
    days = [now.date() - timedelta(days=ago) for ago in range(_DAYS, -1, -1)]
    found = [lead for day in days for lead in _of_day(day, now, known, seed)]
    return [lead for lead in found if lead.received_at <= now]


def _of_day(day: date, now: datetime, known: Sequence[Known], seed: int) -> Iterator[Lead]:
    rng = random.Random(f"leads {seed} {day}")  # noqa: S311  # invented people
    for place in range(_A_DAY):
        moment = datetime.combine(day, time(6 + 4 * place, rng.randrange(60), rng.randrange(60)), now.tzinfo)
        first, last = rng.choice(_NAMES)
        town, zip_code = rng.choice(_TOWNS)
        number = rng.randrange(100, 200)
        is_known = bool(known) and rng.random() < 0.3
        who = rng.choice(known) if is_known else Known(first, last, _address(first, last), f"(212) 555-0{number}")
        yield Lead(
            moment,
            first_name=who.first_name,
            last_name=who.last_name,
            email=who.email,
            phone=who.phone,
            interested_in=tuple(rng.sample(_GOALS, rng.randrange(1, 4))),
            timeline=rng.choice(_TIMELINES),
            street=f"{number} {rng.choice(_STREETS)}",
            city=town,
            state="NC",
            zip_code=zip_code,
            comments=rng.choice(_COMMENTS),
        )


def demo_requests(
    now: datetime, back: Sequence[str], sold_out: Sequence[str], known: Sequence[Known], *, seed: int = SEED
) -> list[StockRequest]:
    """Who waits. back, sold_out: items that are in stock again, and that are not; one more is nothing anybody knows."""
    rng = random.Random(f"requests {seed} {now.date()}")  # noqa: S311
    items = [*back, *sold_out, "NOPE-1"]
    found = []
    for place, item in enumerate(items):
        first, last = rng.choice(_NAMES)
        email = known[place].email if place % 2 and place < len(known) else _address(first, last)
        asked = (now - timedelta(days=1 + place, hours=rng.randrange(12))).replace(microsecond=0)
        found.append(StockRequest(asked, email, item))
    # Somebody was not sure whether the first time had worked.
    again = [replace(each, requested_at=each.requested_at + timedelta(minutes=2)) for each in found[:1]]
    return [*found, *again]


def demo_coupons(now: datetime) -> list[dict[str, Any]]:
    """The web shop's coupons: of staff, of campaigns that ended, and one that never does."""
    moment = now.astimezone(UTC)

    def made(code: str, name: str, days: int | None, uses: int = 0) -> Mapping[str, Any]:
        expires = "" if days is None else format_datetime(moment + timedelta(days=days))
        return {"code": code, "name": name, "amount": "10.0000", "expires": expires, "num_uses": uses, "max_uses": 1}

    coupons: Iterable[Mapping[str, Any]] = (
        made("STAFF20", "Staff discount", None, 14),
        made("SPRING", "Spring sale", -40, 93),
        made("MOTHERSDAY", "Mother's Day", -12, 41),
        *(made(f"OLD{number}", f"Back in Stock(OLD{number}, demo)", -2 - number, number % 2) for number in range(6)),
        made("SUMMER", "Summer sale", 30),
    )
    return [dict(coupon) for coupon in coupons]


def _address(first: str, last: str) -> str:
    letters = "".join(char for char in f"{first}.{last}".lower() if char.isalpha() or char == ".")
    return f"{letters}@customers.example"
