"""Item 18: who waited for an item hears that it is back, and gets a coupon for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ops_platform.core import effect_keys
from ops_platform.core.effects import effect_set
from ops_platform.retail.automation import (
    Automation,
    Catalogue,
    Inputs,
    Items,
    Need,
    PhotoFolder,
    Plan,
    ProductMap,
    Stock,
    note,
)
from ops_platform.retail.bindings import typed
from ops_platform.retail.customer_needs import Customers
from ops_platform.retail.notes import notes_frame
from ops_platform.retail.request_needs import EffectStates, ItemsTold, ProductPages, RejectedRequests, StockRequests
from ops_platform.retail.rows import lookup
from ops_platform.retail.shared_rows import reject_notes
from ops_platform.retail.shelf import Offer, Shelf
from ops_platform.retail.stock_mails import Greeting, greetings, message
from ops_platform.retail.waiting import EarlierCoupons, Standing, is_given_up, standing
from ops_platform.settings_retail import RetailSettings

NAME: Final = "stock_notifications"
GIVEN_UP: Final = ("request", "requested_at", "email", "item_no", "code", "detail")
"""Columns of Plan.records["given_up"]: requests that leave the list unserved."""
_UNDER_WAY: Final = timedelta(hours=1)
"""Mails go out a while after the moment their coupons run from: without it they would count a whole day longer."""
Row = Mapping[Any, Any]


def needs(settings: RetailSettings, as_of: datetime) -> Mapping[str, Need]:
    """Who waits, what is in stock, how the web shop shows it, who the people are, and what they got before."""
    return {
        "requests": StockRequests(),
        "rejected": RejectedRequests(),
        "items": Items(),
        "stock": Stock(),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
        "pages": ProductPages(),
        "photos": PhotoFolder(),
        "customers": Customers(),
        "coupons": EffectStates(effect_keys.STOCK_COUPON),
        "mails": EffectStates(effect_keys.STOCK_MAIL),
        "told": ItemsTold(as_of - timedelta(days=settings.stock_notifications.expires_days) + _UNDER_WAY),
    }


def plan(inputs: Inputs, settings: RetailSettings, as_of: datetime) -> Plan:
    """A coupon, and a mail after it, for each request whose item has stock above its buffer; the others wait.

    The oldest requests come first, at most `max_per_run` of them. A request whose mail did not get out before its
    coupon ended gets another of each. A request for what nobody knows is given up after `reject_after_days`.
    """
    work = _Work(inputs, settings, as_of)
    requests: list[dict[Any, Any]] = inputs["requests"].to_dict("records")
    if settings.counterpoint.mode == "live" and settings.bigcommerce.mode == "sandbox":
        # Real people would get codes that no shop knows.
        work.notes.append(note("web_shop_not_real", "retail.bigcommerce.mode", f"{len(requests):,} requests wait"))
        requests = []
    effects = [effect for row in requests for effect in work.effects_of(row)]
    return Plan(
        effects=effect_set(effects),
        records={"rejected_rows": inputs["rejected"], "given_up": work.given_up_frame()},
        notes=notes_frame([*reject_notes(inputs["rejected"]), *work.notes]),
        considered=len(requests),
        figures={
            "mails": work.mails,
            "coupons": len(effects) - work.mails,
            "waiting": work.counts["waiting"],
            "for_the_next_run": work.counts["later"],
        },
    )


@dataclass
class _Work:
    """A run over the requests. mails: how many were planned so far."""

    inputs: Inputs
    settings: RetailSettings
    as_of: datetime
    notes: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    given_up: list[tuple[Any, ...]] = field(default_factory=list)
    mails: int = 0

    def __post_init__(self) -> None:
        self._rules = self.settings.stock_notifications
        self._shelf = Shelf(self.inputs, self.settings)
        self._sent = lookup(self.inputs["mails"], "status")
        self._earlier = EarlierCoupons(self.inputs["coupons"])
        self._greetings = greetings(self.inputs["customers"])
        self._without = {typed(number) for number in self._rules.coupon_exclusions}
        self._told_of: Counter[str] = Counter(lookup(self.inputs["told"], "mails"))

    def effects_of(self, row: Row) -> Iterator[dict[str, Any]]:
        """The coupon and the mail of a request, when it is its turn."""
        stands = standing(row["request"], self._sent)
        if stands.state == "stuck":
            self._give_up(row, "notification_failed", "its mail failed; `ops effects list --status failed` says why")
        if stands.state != "to_send":
            return
        offer = self._shelf.find(row["item_no"])
        if offer is None:
            self._give_up(row, "unknown_requested_item", f"item {row['item_no']}")
        elif self._may_be_told(row, offer):
            self.mails += 1
            self._told_of[offer.item_no] += 1
            yield from message(
                row, offer, self._greeting(row), self.settings, self.as_of,
                attempt=stands.attempt, has_coupon=self._gets_coupon(row, offer, stands),
            )  # fmt: skip

    def _may_be_told(self, row: Row, offer: Offer) -> bool:
        if offer.quantity < 1:
            self.counts["waiting"] += 1
        elif offer.path is None or not self._rules.shop_url:
            self.counts["waiting"] += 1
            url = self._rules.shop_url
            why = "it has no page that customers see" if url else "stock_notifications.shop_url is empty"
            self.notes.append(note("requested_item_not_shown", offer.item_no, why))
        elif self.mails >= self._rules.max_per_run or self._has_enough(offer):
            self.counts["later"] += 1
        else:
            return True
        return False

    def _has_enough(self, offer: Offer) -> bool:
        """Whether as many were told of an item as its stock may be promised to.

        Those of the days before count as long as their coupons do: else the same two plants would be promised to
        others every day. Who bought one has taken it out of the stock.
        """
        each = self._rules.max_per_unit
        return each is not None and self._told_of[offer.item_no] >= each * offer.quantity

    def _gets_coupon(self, row: Row, offer: Offer, stands: Standing) -> bool:
        if self._without & offer.names:
            return False
        days = self._rules.coupon_every_days
        if days and self._earlier.within(row["request"], self.as_of, days):
            self.notes.append(note("coupon_had_before", row["request"], f"item {offer.item_no}"))
            return False
        return True

    def _greeting(self, row: Row) -> Greeting:
        return self._greetings.get(row["email"], Greeting())

    def _give_up(self, row: Row, code: str, detail: str) -> None:
        self.notes.append(note(code, row["request"], detail))
        if is_given_up(row, self.as_of, self._rules.reject_after_days):
            values = {**row, "code": code, "detail": detail}
            self.given_up.append(tuple(values[name] for name in GIVEN_UP))

    def given_up_frame(self) -> Any:
        """The requests that leave the list unserved, with GIVEN_UP."""
        import pandas as pd  # noqa: PLC0415  # half a second that listing the automations must not cost

        return pd.DataFrame(self.given_up, columns=list(GIVEN_UP), dtype=object)


AUTOMATION = Automation(
    name=NAME,
    number=18,
    title="Notify of items back in stock",
    description="Mails who waited for an item that it is back, with a coupon; takes the request off the list then.",
    cron="30 11 * * *",
    targets=("bigcommerce", "mail"),
    needs=needs,
    plan=plan,
    after=("stock_buffer",),
)
