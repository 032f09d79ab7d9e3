"""Who gets a campaign's text on a day, who does not, and why: one row a customer whom the dates select.

What belongs here: dates, names, phones, consent and households, set-based over all customers. What does not: what only
the moment of sending can tell (opt-outs meanwhile, the day's cap, budgets: flows/texts/gate.py), words (compose.py).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from ops_platform.retail.campaigns.model import Campaign
from ops_platform.retail.campaigns.places import is_foreign
from ops_platform.retail.people import phone_digits
from ops_platform.settings_retail_texts import TextsSettings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

AUDIENCE: Final = ["cust_no", "first_name", "digits", "state", "balance", "why_not"]
"""digits: ten, None for no number. balance: Decimal or None. why_not: a code of REASONS, None when the customer gets
it."""

REASONS: Final[dict[str, str]] = {
    "no_name": "The customer has no first name, or the placeholder Change.",
    "no_phone": "The customer has no phone.",
    "invalid_phone": "The phone is no number of the United States that can be texted. Correct it at the point of sale.",
    "no_consent": "The customer does not want marketing.",
    "no_text_consent": "The customer has not agreed to texts (retail.texts.consent_column).",
    "opted_out": "Somebody with this phone wrote STOP, or the carrier said so.",
    "same_phone": "Another customer with the same phone gets the text.",
    "quiet_hours": "At no time of the rest of the day may a text reach the customer's place.",
    "too_late": "The text was due longer ago than retail.texts.max_lateness_hours.",
}
"""Why nothing is planned for somebody, and what to do; the first that holds counts."""

_PLACEHOLDER: Final = "CHANGE"
_NO_PLACE: Final = frozenset({"555", "800", "833", "844", "855", "866", "877", "888", "900"})
"""Codes that no customer's phone has: given to nobody, free of charge to the caller, or dear."""


def audience(
    customers: pd.DataFrame, campaign: Campaign, settings: TextsSettings, day: date, opted_out: Collection[str]
) -> pd.DataFrame:
    """Everybody the dates select for a day, with AUDIENCE, by customer number.

    customers: snapshots.CUSTOMERS. day: in the store's zone. opted_out: ten digits of phones that want nothing.
    """
    chosen = customers[_selected(customers, campaign, day)].sort_values("cust_no")
    phones = chosen["phone_1"]
    digits = phones.map(phone_digits) if len(chosen) else phones
    found = chosen[["cust_no", "first_name", "state"]].assign(
        digits=digits,
        balance=chosen["points"] if campaign.balance_line else None,
    )
    found["why_not"] = _why_not(chosen, digits, settings, opted_out)
    return found[AUDIENCE].reset_index(drop=True).astype(object)


def counted(found: pd.DataFrame) -> dict[str, int]:
    """How many get the text (`eligible`) and how many do not, by reason."""
    reasons = found["why_not"]
    return {"eligible": int(reasons.isna().sum()), **{str(k): int(n) for k, n in reasons.value_counts().items()}}


def _selected(customers: pd.DataFrame, campaign: Campaign, day: date) -> np.ndarray:
    import numpy as np  # noqa: PLC0415

    keep = np.ones(len(customers), dtype=bool)
    if campaign.category is not None:
        keep &= (customers["category"] == campaign.category.upper()).to_numpy(dtype=bool)
    if campaign.date_column == "birth_month":
        if day.day > 1 + campaign.catch_up_days:
            return keep & False  # of the month's first days only: who registers later is greeted next year
        month = {str(day.month)}
        return keep & (
            _months(customers["birth_month"]).isin(month) | _months(customers["spouse_birth_month"]).isin(month)
        )
    keep &= (customers[campaign.date_column] == campaign.anchor(day)).to_numpy(dtype=bool)
    if campaign.returning:
        first = customers["first_sale"]
        # Without a first purchase nobody can be called returning; the point of sale's own query drops them too.
        keep &= first.notna().to_numpy() & (first != customers["last_sale"]).to_numpy(dtype=bool)
    return keep


def _months(column: pd.Series) -> pd.Series:
    """'01' and '1' are the same month."""
    return column.map(lambda value: None if value is None else str(value).strip().lstrip("0"))


def _why_not(
    chosen: pd.DataFrame, digits: pd.Series, settings: TextsSettings, opted_out: Collection[str]
) -> list[str | None]:
    """The first reason that holds, in the order of REASONS; None for whoever gets the text."""
    taken: set[str] = set()
    stopped = frozenset(opted_out)
    answers: list[str | None] = []
    consents = _text_consent(chosen, settings)
    rows = zip(chosen["first_name"], chosen["phone_1"], digits, chosen["mail_opt_in"], consents, strict=True)
    for first_name, phone, number, opt_in, consent in rows:
        why = _of_one(first_name, phone, number, opt_in, consent, settings, stopped)
        if why is None and settings.one_text_a_phone:
            why = "same_phone" if number in taken else None
            taken.add(number)
        answers.append(why)
    return answers


def _of_one(
    first_name: str | None,
    phone: str | None,
    number: str | None,
    opt_in: str | None,
    consent: str | None,
    settings: TextsSettings,
    stopped: frozenset[str],
) -> str | None:
    if not first_name or first_name.strip().upper() == _PLACEHOLDER:
        return "no_name"
    if not phone or not phone.strip():
        return "no_phone"
    if number is None or _cannot_be_texted(number) or (settings.mode == "live" and _is_invented(number)):
        return "invalid_phone"
    if settings.consent == "Y" and opt_in != "Y":
        return "no_consent"
    if settings.consent_column and consent != "Y":
        return "no_text_consent"
    return "opted_out" if number in stopped else None


def _cannot_be_texted(number: str) -> bool:
    """Abroad other laws hold and a text costs many times as much, and +1 alone does not tell."""
    return number[:3] in _NO_PLACE or is_foreign(number[:3])


def _is_invented(number: str) -> bool:
    """555-0100 to 555-0199 are kept free for stories; demo data use them, and nobody else has one."""
    return number[3:8] == "55501"


def _text_consent(chosen: pd.DataFrame, settings: TextsSettings) -> Any:
    column = {"SMS_1_IS_SUB": "sms_consent_1", "SMS_2_IS_SUB": "sms_consent_2"}.get(settings.consent_column)
    return chosen[column] if column else [None] * len(chosen)
