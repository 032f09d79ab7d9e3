"""What may be set about watching over the platform: who is told what is wrong, and where the daily log is written.

Part of settings.py. Only shapes and the rules between keys belong here; no reading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from ops_platform.settings_section import Section

Business = Literal["retail", "vehicles", "restaurant", "platform"]


class AlertsSettings(Section):
    """Messages to people about what is wrong: one a cause, and one when it is over."""

    to: tuple[str, ...] = Field((), description="mail addresses; the mail account is that of `mail`")
    apprise_urls: SecretStr | None = Field(None, description="other services, as URLs of Apprise, with blanks between")
    heartbeat_url: SecretStr | None = Field(None, description="asked after each look; who is behind it notices silence")
    every_seconds: float = Field(60.0, ge=1, le=3600, description="how often the watchdog looks")
    include_warnings: bool = Field(False, description="tell of failed checks that are only warnings, too")
    daemon_silent_minutes: float = Field(5.0, ge=1, le=1440, description="it says something every 30 s")
    disk_free_gb: float = Field(2.0, ge=0, description="a disk is nearly full below both limits")
    disk_free_percent: float = Field(5.0, ge=0, le=100)
    unknown_minutes: float = Field(30.0, ge=0, description="an effect whose end is not known for longer")
    over_after_minutes: float = Field(10.0, ge=0, le=1440, description="what is not seen for so long is over")
    restless_hours: float = Field(6.0, gt=0, le=168, description="what comes back within it may come and go")
    remind_after_hours: float = Field(24.0, gt=0, le=720)
    most_mails_an_hour: int = Field(5, ge=1, le=100, description="more new causes come together in one message")

    @field_validator("to")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  # most commands alert nobody

        try:
            return tuple(
                validate_email(each, check_deliverability=False, allow_smtputf8=False).normalized for each in value
            )
        except EmailNotValidError as error:
            raise ValueError(f"holds what is no mail address: {error}") from None

    @field_validator("heartbeat_url")
    @classmethod
    def _is_a_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().strip():
            return None  # a blank takes away what a weaker source says; nothing at all would not
        if value is not None and not value.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("is no URL; one begins with https://")
        return value

    @property
    def urls(self) -> tuple[str, ...]:
        """Apprise's URLs. They hold passwords."""
        return tuple(self.apprise_urls.get_secret_value().split()) if self.apprise_urls else ()


class DailyLogSettings(Section):
    """A text file a day of what ran, how long, and with which errors. Relative folders lie in `home`."""

    folder: Path = Field(
        Path("retail/logs/business_automations"), description="automations_MM_DD_YY.txt, and those of the others"
    )
    businesses: tuple[Business, ...] = Field(
        ("retail", "vehicles", "restaurant", "platform"), description="each has a file of its own, in its own time zone"
    )
