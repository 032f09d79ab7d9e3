"""What a store may set about leads, stock requests, coupons, and the forms they come in by.

Part of settings.py and settings_retail.py. Only shapes and the rules between keys belong here; no reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, model_validator

from ops_platform.settings_retail_reports import Recipients
from ops_platform.settings_section import Section
from ops_platform.settings_types import is_loopback

_HOST: Final = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_SITE: Final = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
_PROXY: Final = re.compile(r"[0-9a-f:.]+(/\d{1,3})?", re.IGNORECASE)


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host name; write it without https:// and without a port")
    return text.lower()


def _site(text: str) -> str:
    if not _SITE.fullmatch(text):
        raise ValueError(f"{text!r} is no site; write it as https://store.example, without a slash at its end")
    return text.lower()


def _proxy(text: str) -> str:
    if not _PROXY.fullmatch(text):
        raise ValueError(f"{text!r} is no IP address or network")
    return text


class LeadsSettings(Section):
    """The files a web form and the platform share. Relative ones lie in `home`."""

    design_requests: Path = Path("retail/leads/design_request_leads.csv")
    stock_requests: Path = Path("retail/leads/stock_notification_log.csv")
    newsletter: Path = Path("retail/leads/newsletter_signups.csv")

    def inside(self, home: Path, absolute: Callable[[Path, Path], Path]) -> Self:
        """The same with whole paths."""
        return self.model_copy(update={name: absolute(getattr(self, name), home) for name in type(self).model_fields})


class LeadFollowupSettings(Recipients):
    """Yesterday's leads for the sales team (item 17)."""

    catch_up_days: int = Field(14, ge=1, le=365, description="how far back a mail goes after a standstill")


class StockNotificationsSettings(Section):
    """Mails with a coupon to who waited for an item (item 18)."""

    # An item number such as 10093 is a number to YAML unless somebody thinks of the quotes.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    shop_url: str = Field("", description="the web shop's address; without it no mail could lead there")
    coupon_api: Literal["v2", "v3"] = Field("v2", description="v2: coupons; v3: codes of a promotion a day")
    amount: Decimal = Field(Decimal(10), gt=0, max_digits=7, decimal_places=2)
    min_purchase: Decimal = Field(Decimal(100), ge=0, max_digits=9, decimal_places=2)
    expires_days: int = Field(3, ge=1, le=60)
    coupon_exclusions: tuple[str, ...] = Field((), description="items whose mails go without a coupon")
    coupon_every_days: int = Field(
        30, ge=0, description="a person gets a coupon for the same item once in so many days; 0: every time"
    )
    max_per_run: int = Field(200, ge=1, description="mails a run; the rest goes with the next")
    max_per_unit: int | None = Field(
        None,
        ge=1,
        description="mails for each one in stock, those of the last expires_days counted in; null: everybody",
    )
    reject_after_days: int = Field(30, ge=1, description="requests nobody can serve leave the list after so long")
    description_from: int = Field(25, ge=0, description="shorter descriptions are not shown")
    code_key: SecretStr | None = Field(None, description="what codes are made of; none: made once, kept in home")

    @model_validator(mode="after")
    def _the_shop_is_a_site(self) -> Self:
        if self.shop_url and not _SITE.fullmatch(self.shop_url.rstrip("/")):
            raise ValueError("shop_url: write it as https://store.example")
        return self


class ExpiredCouponsSettings(Section):
    """Expired coupons leave the web shop (item 19)."""

    only_prefix: str = Field("", description="only coupons whose name begins so; empty: all")
    max_share: float = Field(0.5, ge=0, le=1, description="a plan over this share of all coupons waits for approval")


class IntakeSettings(Section):
    """The forms of the shop's web page (`ops intake`)."""

    enabled: bool = Field(False, description="`ops up` serves the forms, too")
    host: str = "127.0.0.1"
    port: int = Field(3010, ge=1, le=65535)
    allowed_hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        (), description="names the forms are opened by, such as forms.store.example"
    )
    trusted_proxies: tuple[Annotated[str, AfterValidator(_proxy)], ...] = Field(
        ("127.0.0.1", "::1"), description="web servers in front, whose X-Forwarded-For and -Proto are believed"
    )
    frame_ancestors: tuple[Annotated[str, AfterValidator(_site)], ...] = Field(
        (), description="sites that may show the forms in a frame"
    )
    secret: SecretStr | None = Field(None, description="what forms are signed with; none: made once, kept in home")
    per_minute: int = Field(6, ge=1, description="forms an address may send a minute")
    per_day: int = Field(60, ge=1, description="and a day")
    max_bytes: int = Field(32_768, ge=2_048, le=1_048_576, description="larger requests are refused")
    goals: tuple[str, ...] = Field(
        ("Landscape design", "Planting", "Patio or walkway", "Retaining wall", "Lawn", "Irrigation", "Garden care"),
        min_length=1,
        description="what the design request offers to tick",
    )
    timelines: tuple[str, ...] = Field(
        ("Today", "This week", "This month", "In the next months", "Just looking"), min_length=1
    )

    @model_validator(mode="after")
    def _open_only_by_name(self) -> Self:
        if not is_loopback(self.host) and not self.allowed_hosts:
            raise ValueError(
                f"host {self.host!r} lets other machines reach the forms: set intake.allowed_hosts to the names they "
                "are opened by, or leave host at 127.0.0.1 behind a proxy"
            )
        return self
