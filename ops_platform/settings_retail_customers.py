"""What a store may set about its customers: Counterpoint's API, and the automations that look at customers.

Part of settings_retail.py, as the sections there: only shapes and the rules between keys.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from ops_platform.settings_section import Mode, Section


class CounterpointApiSettings(Section):
    """Counterpoint's REST API, which makes new customers. A relative ca_file lies in `home`."""

    mode: Mode = "sandbox"
    url: str = Field("", description="https://<server>:52000")
    user: str = Field("", description="COMPANY.USER")
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    ca_file: Path | None = Field(None, description="the certificate of a server that signed its own, as PEM")
    workgroup: str = Field("1", min_length=1, description="its template customer and next number are used")
    store_id: str = Field("1", min_length=1, max_length=10, description="STR_ID of a new customer")
    sales_rep: str = Field("", max_length=10, description="SLS_REP, where a server wants it; empty: the template's")
    timeout_seconds: float = Field(30.0, gt=0, le=600)

    @model_validator(mode="after")
    def _live_has_its_keys(self) -> Self:
        if self.mode == "live" and not (self.url and self.user and self.password and self.api_key):
            raise ValueError(
                "mode is live: set url and user, and OPS_RETAIL__COUNTERPOINT_API__PASSWORD and ..__API_KEY in .env"
            )
        return self

    def inside(self, home: Path, absolute: Callable[[Path, Path], Path]) -> Self:
        """The same with an absolute ca_file. absolute: from a path and its base."""
        return self.model_copy(update={"ca_file": None if self.ca_file is None else absolute(self.ca_file, home)})


class NewCustomersSettings(Section):
    """Leads become customers of the point of sale (item 1)."""

    lookback_days: int = Field(1, ge=0, le=365, description="leads of so many days before today are looked at, too")
    max_new: int = Field(100, ge=1, description="a plan with more new customers waits for approval")


class Contact1Settings(Section):
    """Contact 1 of persons (item 2)."""

    placeholder_first: str = "Change"
    placeholder_last: str = "Name"
    blank_is_empty: bool = True
    max_share: float = Field(1.0, ge=0, le=1, description="a plan over this share of the persons waits for approval")


class EmailListsSettings(Section):
    """Lists for the mailing tool (item 9)."""

    respect_opt_out: bool = Field(True, description="false also lists who asked for no mails; hardly ever right")
    bom: bool = Field(False, description="start the files with a UTF-8 byte order mark, for Excel")
    retail_category: str = "RETAIL"
    wholesale_category: str = "WHOLESALE"
    min_share_of_last: float = Field(0.5, ge=0, le=1, description="a list with fewer rows than this share is held")


class RefundedCustomersSettings(Section):
    """Customers who got everything back leave the text funnel (item 22)."""

    stores: tuple[str, ...] = Field((), description="stores whose refunds count; empty: all")
    lookback_days: int = Field(7, ge=0, le=365, description="refunds of so many days before today are looked at, too")
    max_customers: int = Field(100, ge=1, description="a plan over more customers waits for approval")


class WholesaleLoyaltySettings(Section):
    """Wholesale customers leave the loyalty program (item 23)."""

    category: str = "WHOLESALE"
    zero_points: bool = True
    adjust_totals: bool = Field(True, description="what is taken away is noted as an adjustment: the totals fit")
    card: str = Field("VOID", max_length=20, description="LOY_CARD_NO of who left; empty: as it is")
    max_customers: int = Field(50, ge=1, description="a plan over more customers waits for approval")


class NegativeBalancesSettings(Section):
    """Loyalty balances below zero become zero (item 24)."""

    adjust_totals: bool = Field(True, description="what is given is noted as an adjustment: the totals fit")
    max_customers: int = Field(50, ge=1, description="a plan over more customers waits for approval")
