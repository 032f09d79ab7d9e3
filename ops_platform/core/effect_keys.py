"""Keys of effects: the one place that builds them, so that who plans and who looks up can never disagree.

What belongs here: one function a kind of occurrence. A key names what happens in the business (campaign, customer,
date), never a run, a process or a moment of sending. Personal data enter only as a digest: keys are shown and logged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

NEW_CUSTOMER: Final = "customer/lead/"
"""How the keys of new customers begin."""
STOCK_COUPON: Final = "stock_coupon/"
STOCK_MAIL: Final = "stock_mail/"
"""How the keys of coupons and mails for who waited for an item begin."""
_AND: Final = "+"  # stands in no name of a site


def digest(*parts: str) -> str:
    """Twelve hex digits that stand for personal data in a key; parts are normalised by the caller."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def report(name: str, period_end: date, attempt: int = 1) -> str:
    """A report of a period, by the period's last day. attempt: above 1 when somebody asked for it once more."""
    return f"report/{name}/{period_end.isoformat()}{_again(attempt)}"


def price_changes(day: date, sites: Iterable[str] = ()) -> str:
    """The mail of a day about what these competitors changed; without any, how the keys of all of that day begin.

    Not the day alone: a site that is read late, when the mail about the others is out, must get into one of its own.
    """
    return f"report/competitor_prices/{day.isoformat()}/{_AND.join(sorted(sites))}"


def sites_of(key: str) -> list[str]:
    """The competitors that the key of a price_changes mail is about."""
    return key.rpartition("/")[2].split(_AND)


def new_customer(lead_id: str) -> str:
    """The customer that a lead becomes."""
    return f"{NEW_CUSTOMER}{lead_id}"


def lead_followup(day: date, lead_ids: Iterable[str]) -> str:
    """The mail of a morning about these leads."""
    return f"lead_followup/{day.isoformat()}/{digest(*sorted(lead_ids))}"


def stock_request(email: str, item_no: str, requested_at: datetime) -> str:
    """A request to be told when an item is back. No key of an effect, but what those of its coupon and mail go by."""
    return f"{requested_at:%Y-%m-%dT%H:%M:%S}/{digest(email, item_no)}"


def stock_coupon(request: str, attempt: int = 1) -> str:
    """The coupon of a request. attempt: above 1 when the mail did not get out before an earlier coupon ended."""
    return f"{STOCK_COUPON}{request}{_again(attempt)}"


def stock_mail(request: str, attempt: int = 1) -> str:
    """The mail of a request; attempt as of its coupon."""
    return f"{STOCK_MAIL}{request}{_again(attempt)}"


def request_of(key: str) -> str:
    """The request that the key of a coupon or of its mail is for."""
    return "/".join(key.split("/")[1:3])


def coupon_deletion(day: date, ids: Iterable[int]) -> str:
    """The deletion of these coupons."""
    return f"coupon_deletion/{day.isoformat()}/{digest(*map(str, sorted(ids)))}"


def promotion_deletion(day: date, ids: Iterable[int]) -> str:
    """The deletion of these promotions, whose numbers may be those of coupons."""
    return f"coupon_deletion/{day.isoformat()}/promotions/{digest(*map(str, sorted(ids)))}"


def command(name: str, moment: datetime) -> str:
    """A program that an automation runs, at most once an hour. moment: aware."""
    return f"command/{name}/{moment.astimezone(UTC):%Y-%m-%dT%H}"


def _again(attempt: int) -> str:
    return f"/{attempt}" if attempt > 1 else ""


def text(campaign: str, cust_no: str, occurrence: date, *, is_test: bool = False) -> str:
    """A text of a campaign to a customer, for the day that occasions it: of the purchase; the first of a birthday's
    month. Not the day it goes: that is a setting, and another one would make it another text.

    is_test: it goes to a test recipient, which must not stand in the way of the real one.
    """
    return f"{'test-' if is_test else ''}text/{campaign}/{cust_no}/{occurrence.isoformat()}"


def of_text(key: str) -> tuple[str, str]:
    """The customer and the occasion of the key of a text. A customer number may hold a slash itself."""
    cust_no, _, occasion = key.split("/", 2)[2].rpartition("/")
    return cust_no, occasion


def is_test_text(key: str) -> bool:
    """Whether the key is one of a text to a test recipient."""
    return key.startswith("test-")
