"""New customers: made through Counterpoint's API, and looked for in its database, before each one and after silence.

What belongs here: what the answers of API and database mean for the ledger. What does not: asking either (adapters),
and who becomes a customer (retail/automations/create_customers.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from ops_platform.adapters.counterpoint import CounterpointError
from ops_platform.adapters.counterpoint_api import CounterpointApiError
from ops_platform.adapters.counterpoint_customers import customers_like
from ops_platform.flows.effects.senders import (
    Answer,
    CannotTell,
    Effect,
    Finding,
    Found,
    NotThere,
    Refused,
    RetryLater,
    Sent,
    Unknown,
)
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail.known_customers import known_customers
from ops_platform.retail.people import email_key, phone_digits

ALREADY: Final = "was a customer already"
"""What the ledger notes of who was not made, but found; of all others it has a number that was made."""

_UNCLEAR_AGAIN: Final = timedelta(minutes=15)
"""After an error without a reason: somebody may be setting the workgroup up."""


class CustomerSender:
    """Makes one customer of one lead, unless somebody with its address or phone is a customer by now.

    The database is looked into just before the call, because the API would make a second customer without a word, and
    after every answer that leaves it open. A whole answer means that the server is done: then what is not in the
    database was not made.
    """

    kind = "customer"

    def __init__(self, systems: Systems) -> None:
        self._systems = systems

    def prepare(self, effect: Effect) -> bytes | None:
        """The payload says it all."""
        return None

    def send(self, effect: Effect) -> Answer:
        """Make the customer, once."""
        if self._systems.is_sandbox("counterpoint_api") != self._systems.is_sandbox("customers"):
            return RetryLater(
                "customers would be looked up in one store and made in another: set retail.counterpoint.mode and "
                "retail.counterpoint_api.mode to the same",
                stop=True,
            )
        try:
            if number := self._number_of(effect):
                return Sent(number, ALREADY)
        except CounterpointError as error:
            return RetryLater(str(error), stop=True)
        try:
            return Sent(self._systems.counterpoint_api.create_customer(effect.payload), "made")
        except CounterpointApiError as error:
            return _MEANING[error.end](self, effect, error)

    def look_up(self, effect: Effect) -> Finding:
        """Whether it was made after all."""
        try:
            number = self._number_of(effect)
        except CounterpointError as error:
            return CannotTell(str(error))
        return Found(number) if number else NotThere("nobody in Counterpoint has its address or phone")

    def _number_of(self, effect: Effect) -> str | None:
        """The customer with the address or the phone of the effect. Errors: CounterpointError."""
        email = email_key(effect.payload.get("EMAIL_ADRS_1"))
        phone = phone_digits(effect.payload.get("PHONE_1"))
        alike = customers_like(self._systems.counterpoint, email=email, phone=phone)
        return known_customers(alike).of(email, phone)

    def _looked_up(self, effect: Effect, error: CounterpointApiError) -> Answer:
        try:
            number = self._number_of(effect)
        except CounterpointError:
            return Unknown(str(error))
        return (
            Sent(number, "made, though the API did not say so")
            if number
            else RetryLater(str(error), after=_UNCLEAR_AGAIN)
        )


_MEANING: Final[dict[str, Callable[[CustomerSender, Effect, CounterpointApiError], Answer]]] = {
    "refused": lambda _, __, error: Refused(str(error)),
    "unavailable": lambda _, __, error: RetryLater(str(error), stop=True),
    "unclear": CustomerSender._looked_up,
    "unknown": lambda _, __, error: Unknown(str(error)),
}
