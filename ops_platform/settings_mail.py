"""What a store may set about its mail: the account it is sent with, what every mail shows of the store, the limits.

Part of settings.py, which reads the sources. Only shapes and the rules between keys belong here; no reading.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from ops_platform.settings_section import Mode, Section


class MailSettings(Section):
    """Mail to customers and staff. sandbox: a stand-in on this machine, which sends nothing on."""

    mode: Mode = "sandbox"
    host: str = "smtp.gmail.com"
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "ssl"] = Field("starttls", description="ssl: encrypted from the start, port 465")
    user: str = ""
    password: SecretStr | None = None
    ca_file: Path | None = Field(None, description="PEM file that the server's certificate comes from; none: the usual")
    sender: str = Field("", description="the address mails come from")
    sender_name: str = Field("", max_length=100)
    reply_to: str = ""
    store: str = Field("Our store", min_length=1, max_length=100, description="the name every mail shows")
    website: str = Field("", description="where the name at the top of a mail leads")
    postal: tuple[str, ...] = Field((), description="lines of the store's address, at the end of a mail")
    logo: Path | None = Field(None, description="PNG or JPEG at the top of a mail instead of the name")
    unsubscribe: str = Field("", description="mailto: or https: link that customers' programs offer as unsubscribe")
    timeout_seconds: float = Field(30.0, gt=0, le=60)
    per_minute: int = Field(60, ge=1, le=6000, description="mails a minute at most")
    daily_limit: int = Field(450, ge=1, description="mails a day at most")
    keep_days: int = Field(400, ge=0, description="how long a copy of each mail is kept; 0: for ever")
    redirect_to: str = Field("", description="all mail goes to this address instead of its recipients: to try it out")
    imap_host: str = Field("", description="where a mail is looked for whose sending ended unclear; imap.gmail.com")
    imap_port: int = Field(993, ge=1, le=65535)
    imap_folder: str = "[Gmail]/Sent Mail"

    @field_validator("sender", "reply_to", "redirect_to")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not value:
            return value
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  # most commands send no mail

        try:
            return validate_email(value, check_deliverability=False, allow_smtputf8=False).ascii_email or value
        except EmailNotValidError as error:
            raise ValueError(f"is no mail address: {error}") from None

    @field_validator("sender_name", "store", "host", "user", "imap_host", "imap_folder", "postal")
    @classmethod
    def _is_one_line(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for each in (value,) if isinstance(value, str) else value:
            if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in each):
                raise ValueError("is to be one line without control characters")
        return value

    @field_validator("website", "unsubscribe")
    @classmethod
    def _is_a_link(cls, value: str) -> str:
        if value and (not value.startswith(("https://", "http://", "mailto:")) or any(map(str.isspace, value))):
            raise ValueError("is no link; one begins with https:// (or mailto: to unsubscribe)")
        return value

    @model_validator(mode="after")
    def _live_has_its_keys(self) -> Self:
        if self.mode == "live" and not (self.host and self.user and self.sender and self.password):
            raise ValueError("mode is live: set mail.user and mail.sender, and OPS_MAIL__PASSWORD in .env")
        return self

    def inside(self, root: Path, absolute: Callable[[Path, Path], Path]) -> Self:
        """The same with its files as absolute paths; relative ones lie in the checkout `root`."""
        files = {"ca_file": self.ca_file, "logo": self.logo}
        return self.model_copy(update={name: absolute(file, root) for name, file in files.items() if file is not None})
