"""A lead as a new customer of the point of sale: its columns, their widths, and what a lead lacks to become one.

What belongs here: from a lead (snapshots.LEADS) to fields of AR_CUST. What does not: whether somebody is a customer
already (known_customers.py), and making the customer (flows/effects/customers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ops_platform.core.text import drop_invisible
from ops_platform.retail.automation import note
from ops_platform.retail.people import cased_name, phone_digits, phone_text, state_code, valid_email, zip_text
from ops_platform.settings_retail_customers import CounterpointApiSettings

WIDTHS: Final[Mapping[str, int]] = {
    "FST_NAM": 15, "LST_NAM": 25, "ADRS_1": 40, "CITY": 20, "STATE": 10, "ZIP_COD": 15,
}  # fmt: skip
"""Columns that may be cut -> characters that fit. Of one that is too long the server says "unknown error" only."""

EMAIL_WIDTH: Final = 50
"""Of EMAIL_ADRS_1. An address is never cut: it would be somebody else's."""


@dataclass(frozen=True)
class NewCustomer:
    """What a lead becomes. email, phone: as they are compared. fields: of AR_CUST, or why there are none in notes."""

    email: str | None
    phone: str | None
    fields: Mapping[str, str] | None
    notes: list[dict[str, Any]]


def new_customer(lead: Mapping[Any, Any], api: CounterpointApiSettings) -> NewCustomer:
    """The customer a lead makes. Errors: none; what cannot be is told in notes, under the lead's id."""
    notes: list[dict[str, Any]] = []
    email, phone = _contact(lead, notes)
    if email is None and phone is None:
        notes.append(note("lead_without_contact", lead["lead_id"], f"received {_moment(lead)}"))
        return NewCustomer(None, None, None, notes)
    names = _names(lead)
    if names is None:
        notes.append(note("lead_without_name", lead["lead_id"], f"received {_moment(lead)}"))
        return NewCustomer(email, phone, None, notes)
    state = state_code(lead["state"])
    given = {
        "FST_NAM": names[0],
        "LST_NAM": names[1],
        "CUST_NAM_TYP": "P",
        "STR_ID": api.store_id,
        "SLS_REP": api.sales_rep,
        "EMAIL_ADRS_1": email,
        "PHONE_1": phone_text(phone) if phone else None,
        "ADRS_1": lead["street"],
        "CITY": lead["city"],
        "STATE": state,
        "ZIP_COD": zip_text(lead["zip_code"], state),
    }
    fields = {name: _fitting(name, value, lead, notes) for name, value in given.items() if value}
    return NewCustomer(email, phone, {name: value for name, value in fields.items() if value}, notes)


def _contact(lead: Mapping[Any, Any], notes: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """Address and ten digits, where they can be such; a lead with one of both is taken."""
    email, phone = valid_email(lead["email"]), phone_digits(lead["phone"])
    if email and len(email) > EMAIL_WIDTH:
        email = None
    if lead["email"] and email is None:
        told = f"received {_moment(lead)}; its address is none, or longer than {EMAIL_WIDTH} characters"
        notes.append(note("lead_bad_email", lead["lead_id"], told))
    if lead["phone"] and phone is None:
        told = f"received {_moment(lead)}; its phone is no number of ten digits"
        notes.append(note("lead_bad_phone", lead["lead_id"], told))
    return email, phone


def _names(lead: Mapping[Any, Any]) -> tuple[str, str] | None:
    """First and last name, both of which Counterpoint wants; who wrote both into one field is taken apart."""
    first, last = _clean(lead["first_name"]), _clean(lead["last_name"])
    if not (first and last):
        from nameparser import HumanName  # noqa: PLC0415  # few leads need it

        parsed = HumanName(first or last)
        first, last = " ".join(part for part in (parsed.first, parsed.middle) if part), str(parsed.last)
    if not (first and last):
        return None
    whole = cased_name(f"{first} {last}").split()
    count = len(first.split())
    return " ".join(whole[:count]), " ".join(whole[count:])


def _fitting(name: str, value: str, lead: Mapping[Any, Any], notes: list[dict[str, Any]]) -> str:
    text = _clean(value)
    width = WIDTHS.get(name)
    if width is None or len(text) <= width:
        return text
    told = f"received {_moment(lead)}; {name} was cut to {width} characters"
    notes.append(note("lead_shortened", lead["lead_id"], told))
    return text[:width].rstrip()


def _clean(text: str | None) -> str:
    return " ".join(drop_invisible(text or "").split())


def _moment(lead: Mapping[Any, Any]) -> str:
    return f"{lead['received_at']:%Y-%m-%d %H:%M}"
