"""The checks of leads, requests and coupons: files can be read, and nobody waits for a mail that got stuck."""

from __future__ import annotations

from typing import Any, Final

from ops_platform.defs.retail import keys, verdicts
from ops_platform.defs.retail.check_parts import Asked, Questions
from ops_platform.defs.verdict import Verdict
from ops_platform.retail.request_needs import Leads, RejectedLeads, RejectedRequests, StockRequests

UNREADABLE: Final = 0.05
_FOLLOWUP, _NOTIFICATIONS = map(keys.of_snapshot, ("lead_followup", "stock_notifications"))
_SHOWN: Final = ("file", "line", "column", "code", "detail")


def add_to(questions: Questions) -> None:
    """Ask these questions, too."""
    questions.about(_FOLLOWUP, kind="file")(leads_are_read)
    questions.about(_NOTIFICATIONS, kind="file")(requests_are_read)
    questions.about(_NOTIFICATIONS)(coupons_have_their_mail)


def leads_are_read(asked: Asked) -> Verdict:
    """At most one of 20 rows of the leads' file cannot be read. A form that changed looks so; its leads are lost."""
    return _read(asked, RejectedLeads(), Leads(), "rows of the leads' file could not be read")


def requests_are_read(asked: Asked) -> Verdict:
    """At most one of 20 rows of the requests' file cannot be read. Those people are never told."""
    return _read(asked, RejectedRequests(), StockRequests(), "rows of the requests' file could not be read")


def _read(asked: Asked, rejected: Any, taken: Any, what: str) -> Verdict:
    # What stands in a row is personal: only where it stands is shown.
    lost = [{name: row[name] for name in _SHOWN} for row in asked.read.frame(rejected).to_dict("records")]
    of = len(lost) + len(asked.read.frame(taken))
    advice = "Correct the lines that are named, and see whether the form writes something new. Nothing of them is lost."
    return verdicts.covered(lost, of, what, advice, allowed=UNREADABLE)


def coupons_have_their_mail(asked: Asked) -> Verdict:
    """Every coupon's mail went out within a day. A code that nobody knows is no gift, and somebody still waits."""
    given = {"is_sandbox": asked.systems.is_sandbox("bigcommerce"), "now": asked.now}
    stuck = [dict(row) for row in asked.records("check_coupons_without_mail", **given)]
    made = int(asked.records("check_coupons_made", **given)[0]["made"])
    return verdicts.nothing_of(
        stuck,
        made,
        "coupons of the last month have had no mail for more than a day",
        "`ops effects why KEY` says what holds it up; a mail whose coupon ends is made anew by the next run.",
        name="key",
    )
