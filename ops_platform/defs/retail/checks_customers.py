"""The checks of customers: balances add up, and nobody who asked for no mails is on a list for the mailing tool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ops_platform.defs.retail import keys, verdicts
from ops_platform.defs.retail.check_parts import Asked, Questions
from ops_platform.defs.verdict import Verdict
from ops_platform.retail.customer_needs import Customers, Exported

_CUSTOMERS = keys.of_snapshot("customers")
_LISTS = keys.of_snapshot("email_lists")
_TOTALS = ("points", "points_earned", "points_redeemed", "points_adjusted")
_IMPORTED = tuple(
    f"email_list_{name}{part}.csv" for name in ("retail", "wholesale") for part in ("", "_changed", "_yesterday")
)


def add_to_store(questions: Questions) -> None:
    """Ask this about what is read, too."""
    questions.about(_CUSTOMERS, kind="counterpoint")(loyalty_balances_add_up)


def add_to(questions: Questions) -> None:
    """Ask this about what was made, too."""
    questions.about(_LISTS, kind="file")(opt_outs_are_respected)


def loyalty_balances_add_up(asked: Asked) -> Verdict:
    """Every balance is what was earned less redeemed plus adjusted. Else some program set the balance alone."""
    from ops_platform.retail.loyalty import imbalance

    customers = _rows(asked.read.frame(Customers()))
    found = [
        {"cust_no": each["cust_no"], "off by": imbalance(each)} | {name: each[name] for name in _TOTALS}
        for each in customers
        if imbalance(each) != 0
    ]
    return verdicts.nothing_of(
        found,
        len(customers),
        "customers have a balance that their totals do not give",
        "Correct it in Counterpoint with an adjustment of points, which moves both.",
        name="cust_no",
    )


def opt_outs_are_respected(asked: Asked) -> Verdict:
    """Nobody who asked for no mails is on a list as it lies there. It is against the law to write to them."""
    from ops_platform.retail import email_lists as lists
    from ops_platform.retail.people import email_key

    if not asked.store.email_lists.respect_opt_out:
        return Verdict(True, "email_lists.respect_opt_out is off: the lists hold who asked for no mails, too.")
    refused = lists.refusing(_rows(asked.read.frame(Customers())))
    found, of = [], 0
    for name, content in asked.read.frame(Exported(_IMPORTED)).itertuples(index=False):
        header = lists.RETAIL if "retail" in name else lists.WHOLESALE
        for row in lists.read_rows(content, header):
            named = dict(zip(header, row, strict=True))
            of += 1
            if email_key(named[lists.EMAIL]) in refused:
                found.append({"cust_no": named[lists.NUMBER], "file": name})
    verdict = verdicts.nothing_of(
        found,
        of,
        "rows of the lists are of customers who asked for no mails",
        "Do not import them; `ops retail apply email_lists` writes them anew. Who was imported already has to be taken "
        "out of the mailing tool.",
        name="cust_no",
    )
    return replace(verdict, is_error=not verdict.passed)


def _rows(frame: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = frame.to_dict("records")
    return found
