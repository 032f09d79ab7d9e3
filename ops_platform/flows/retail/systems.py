"""The store's outside systems, opened when they are first asked: each live or in the sandbox by its own setting.

What belongs here: which system a target is, and whether it is real. What does not: what is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops_platform.adapters.bigcommerce import BigCommerce, bigcommerce
from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.adapters.counterpoint_api import CounterpointApi, counterpoint_api
from ops_platform.adapters.http import Retry
from ops_platform.adapters.mail import Mail, mail
from ops_platform.adapters.sandbox_address import TWILIO_PATH, sandbox_of
from ops_platform.adapters.webdav import WebDav, web_dav
from ops_platform.settings import Settings
from ops_platform.settings_modes import mode_of

if TYPE_CHECKING:
    from ops_platform.adapters.twilio_api import Twilio

OWN: Final = frozenset({"exports", "backups"})
"""Targets that are the platform's own folders: writing there changes no outside system, so nobody has to allow it."""


@dataclass
class Systems:
    """Made by `open_systems`, which closes what was opened. counterpoint_url holds a password and is not shown.

    sandbox_url: a sandbox to use; None: the one that runs in this home.
    """

    settings: Settings
    counterpoint_url: str = field(repr=False)
    sandbox_url: str | None = None
    _opened: ExitStack = field(default_factory=ExitStack, repr=False)

    @cached_property
    def counterpoint(self) -> Counterpoint:
        """The point of sale. Errors: CounterpointError, for a wrong mapping of columns at once, else when asked."""
        if not self.counterpoint_url:
            raise CounterpointError(
                "there is no point of sale: set OPS_COUNTERPOINT_DATABASE_URL, which may be an empty PostgreSQL "
                "database for a stand-in (the built-in one has it, and your own servers are used instead)"
            )
        try:
            opened = Counterpoint(self.settings.retail.counterpoint, self.counterpoint_url)
        except ValueError as error:
            raise CounterpointError(str(error)) from None
        self._opened.callback(opened.close)
        return opened

    @cached_property
    def counterpoint_api(self) -> CounterpointApi:
        """The point of sale's REST API. Errors: CounterpointApiError, also when no sandbox runs."""
        return self._opened.enter_context(counterpoint_api(self.settings, sandbox_url=self.sandbox_url))

    @cached_property
    def bigcommerce(self) -> BigCommerce:
        """The web shop's API. Errors: BigCommerceError, also when no sandbox runs."""
        return self._opened.enter_context(bigcommerce(self.settings, sandbox_url=self.sandbox_url))

    @cached_property
    def bigcommerce_once(self) -> BigCommerce:
        """The same API with every request sent once: for effects, which the ledger alone repeats. Errors: as above."""
        once = {"retry": Retry(attempts=1, longest_wait=30.0), "timeout_seconds": 30.0}
        return self._opened.enter_context(bigcommerce(self.settings, sandbox_url=self.sandbox_url, **once))

    @cached_property
    def webdav(self) -> WebDav:
        """The web shop's file server. Errors: WebDavError, also when no sandbox runs."""
        return self._opened.enter_context(web_dav(self.settings, sandbox_url=self.sandbox_url))

    @cached_property
    def mail(self) -> Mail:
        """The mail server; its errors come when the first mail is sent."""
        return self._opened.enter_context(mail(self.settings, sandbox_url=self.sandbox_url))

    @cached_property
    def texts(self) -> Twilio:
        """The account that sends texts. Errors: TextError, also when no sandbox runs."""
        from ops_platform.adapters.twilio_api import twilio  # noqa: PLC0415  # its library loads slowly

        return self._opened.enter_context(twilio(self.settings, sandbox_url=self.sandbox_url))

    @property
    def text_pictures(self) -> Mapping[str, str]:
        """The addresses of the campaigns' pictures: those of the settings, and where there are none the sandbox's."""
        chosen = {str(name): url for name, url in self.settings.retail.texts.media.items()}
        running = sandbox_of(self.settings.home) if self.is_sandbox("texts") else None
        base = self.sandbox_url or (running.url if running else None)
        if not self.is_sandbox("texts") or base is None:
            return chosen
        return {name: f"{base}/{TWILIO_PATH}/media/{name}.png" for name in ("coupon", "birthday")} | chosen

    @property
    def photos(self) -> Path:
        """The folder of product photos."""
        return self.settings.retail.photos.folder

    @property
    def api_calls(self) -> int:
        """Requests sent to the web shop's API so far."""
        opened = (self.__dict__[name] for name in ("bigcommerce", "bigcommerce_once") if name in self.__dict__)
        return sum(shop.calls for shop in opened)

    def is_sandbox(self, target: str) -> bool:
        """Whether what is written there reaches nobody (settings_modes.py)."""
        return mode_of(self.settings, target) == "sandbox"

    def all_sandbox(self, targets: Iterable[str]) -> bool:
        """Whether nothing of what is written to these targets reaches anybody."""
        return all(self.is_sandbox(target) for target in targets)


@contextmanager
def open_systems(settings: Settings, counterpoint_url: str, *, sandbox_url: str | None = None) -> Iterator[Systems]:
    """Yield the systems; nothing is connected before it is needed."""
    with ExitStack() as opened:
        yield Systems(settings, counterpoint_url, sandbox_url, opened)
