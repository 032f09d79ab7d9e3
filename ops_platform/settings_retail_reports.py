"""What a store may set of its reports (items 15 and 16): who gets them, what counts as what, how long lists are.

Part of settings_retail.py. Only shapes and the rules between keys belong here; no reading.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ops_platform.settings_section import Section

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _mail_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  # none named: nothing to import

    for address in addresses:
        try:
            validate_email(address, check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError as error:
            raise ValueError(f"{address!r} is no mail address: {error}") from None
    if len({address.casefold() for address in addresses}) < len(addresses):
        raise ValueError("an address stands there twice")
    return addresses


class Recipients(Section):
    """A report and who gets it."""

    recipients: tuple[str, ...] = Field((), max_length=50, description="addresses; none: it is not sent")

    _addresses = field_validator("recipients")(_mail_addresses)


class ReportsSettings(Section):
    """What all reports have in common."""

    store_names: dict[str, str] = Field(
        default_factory=lambda: {"1": "Shop", "WEB": "Web"}, description="STR_ID -> what people call it"
    )
    web_stores: tuple[str, ...] = Field(("WEB",), description="the others are in-store")
    wholesale_categories: tuple[str, ...] = Field(
        ("WHOLESALE",), min_length=1, description="CATEG_COD of wholesale customers; all others are retail"
    )
    hidden_title: str = Field("EXCLUDE", description="a web title that is none: such items are on no list")
    closed_weekdays: tuple[Weekday, ...] = ("sunday",)
    same_period: Literal["calendar", "weekday"] = Field(
        "calendar", description="last year's same dates; weekday: 52 weeks before, with as many Saturdays"
    )

    @model_validator(mode="after")
    def _open_some_day(self) -> Self:
        if len(set(self.closed_weekdays)) == 7:
            raise ValueError("closed_weekdays: a store that is never open has nothing to report")
        return self


class AdminReportSettings(Recipients):
    """The administrative report (item 15)."""

    weeks: int = Field(6, ge=1, le=26)
    top_reps: int = Field(10, ge=1, le=50)
    top_customers: int = Field(10, ge=1, le=50)
    top_items: int = Field(15, ge=1, le=50)
    top_categories: int = Field(10, ge=1, le=20)
    items_of_category: int = Field(10, ge=1, le=20)
    forecast_days: int = Field(45, ge=1, le=366)
    low_stock_at: Decimal = Field(Decimal(50), ge=0, description="available items at or below are low")
    low_stock_among: int = Field(500, ge=1, description="best sellers that are looked at")
    low_stock_days: int = Field(90, ge=1, le=366, description="best sellers of so many days from today, last year")
    low_stock_at_most: int = Field(100, ge=1, le=1000)
    rows_in_mail: int = Field(40, ge=5, le=100, description="of the low stock list; the rest is in a file")


class ItemReportSettings(Recipients):
    """What is wrong with items (item 15, data quality)."""

    rows_in_mail: int = Field(25, ge=5, le=100, description="of each list; the rest is in a file")
    shortest_description: int = Field(60, ge=1, description="a web description with fewer characters is too short")


_OF_THE_STORE: dict[str, tuple[str, ...]] = {
    "Cash": ("CASH",),
    "Check": ("CHECK",),
    "Credit": ("BIG", "DEBIT", "DISCOVER", "MC", "VISA", "AMEX"),
    "Gift card": ("GIFT",),
    "Loyalty": ("LOYALTY",),
    "Store credit": ("STORE CRED",),
}


class RevenueReportSettings(Recipients):
    """The revenue report for accounting (item 16)."""

    weekly: bool = Field(True, description="on Sunday, of the week that ended on Saturday")
    daily: bool = Field(False, description="at 7:00, of the day before")
    group_by: Literal["day", "period"] = Field("day", description="each day by itself, or the whole week only")
    pay_codes: dict[str, tuple[str, ...]] = Field(
        default_factory=lambda: dict(_OF_THE_STORE), description="group -> pay codes; others are told as Other"
    )
    tolerance: Decimal = Field(Decimal("0.01"), ge=0, description="dollars that payments and tickets may differ")

    @model_validator(mode="after")
    def _every_code_is_in_one_group(self) -> Self:
        seen: dict[str, str] = {}
        for group, codes in self.pay_codes.items():
            for code in codes:
                if (other := seen.setdefault(code.strip().upper(), group)) != group:
                    raise ValueError(f"pay_codes: {code} stands in {other} and in {group}")
        return self
