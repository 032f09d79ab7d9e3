"""Who is a customer already: people are the same by an address or by the ten digits of a phone, however written.

What belongs here: that comparison. What does not: reading customers (adapters), and how phones and addresses are
written (people.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops_platform.retail.people import email_key, phone_digits

if TYPE_CHECKING:
    import pandas as pd

EMAILS: Final = ("email_1", "email_2")
PHONES: Final = ("phone_1", "phone_2", "mobile_1", "mobile_2")


class Known:
    """Customers by address and by phone. What is empty, or no phone, is nobody's: nothing matches nothing."""

    def __init__(self) -> None:
        self._by_email: dict[str, str] = {}
        self._by_phone: dict[str, str] = {}

    def add(self, number: str, *, email: str | None = None, phone: str | None = None) -> None:
        """Note an address and a phone of a customer; who was noted first keeps one that several have."""
        if key := email_key(email):
            self._by_email.setdefault(key, number)
        if digits := phone_digits(phone):
            self._by_phone.setdefault(digits, number)

    def of(self, email: str | None, phone: str | None) -> str | None:
        """The number of the customer with this address, else with this phone; None when it is nobody's."""
        found = self._by_email.get(email_key(email) or "")
        return found or self._by_phone.get(phone_digits(phone) or "")


def known_customers(customers: pd.DataFrame) -> Known:
    """The customers of a frame with cust_no and EMAILS and PHONES; of several who share one, the lowest number."""
    known = Known()
    columns = [customers[name].tolist() for name in ("cust_no", *EMAILS, *PHONES)]
    for number, *found in sorted(zip(*columns, strict=True), key=lambda row: (len(row[0]), row[0])):
        for email in found[: len(EMAILS)]:
            known.add(number, email=email)
        for phone in found[len(EMAILS) :]:
            known.add(number, phone=phone)
    return known
