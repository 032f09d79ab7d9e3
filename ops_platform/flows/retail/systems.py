"""The store's outside systems, opened when they are first asked: each live or in the sandbox by its own setting.

What belongs here: which system a target is, and whether it is real. What does not: what is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from ops_platform.adapters.bigcommerce import BigCommerce, bigcommerce
from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.adapters.webdav import WebDav, web_dav
from ops_platform.settings import Settings

Target = Literal["counterpoint", "bigcommerce", "webdav", "files"]


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
        try:
            opened = Counterpoint(self.settings.retail.counterpoint, self.counterpoint_url)
        except ValueError as error:
            raise CounterpointError(str(error)) from None
        self._opened.callback(opened.close)
        return opened

    @cached_property
    def bigcommerce(self) -> BigCommerce:
        """The web shop's API. Errors: BigCommerceError, also when no sandbox runs."""
        return self._opened.enter_context(bigcommerce(self.settings, sandbox_url=self.sandbox_url))

    @cached_property
    def webdav(self) -> WebDav:
        """The web shop's file server. Errors: WebDavError, also when no sandbox runs."""
        return self._opened.enter_context(web_dav(self.settings, sandbox_url=self.sandbox_url))

    @property
    def photos(self) -> Path:
        """The folder of product photos."""
        return self.settings.retail.photos.folder

    @property
    def api_calls(self) -> int:
        """Requests sent to the web shop's API so far."""
        return self.bigcommerce.calls if "bigcommerce" in self.__dict__ else 0

    def is_sandbox(self, target: str) -> bool:
        """Whether what is written there reaches nobody. The photos belong to the web shop that shows them."""
        store = self.settings.retail
        mode = {"counterpoint": store.counterpoint.mode, "webdav": store.webdav.mode}.get(
            target, store.bigcommerce.mode
        )
        return mode == "sandbox"


@contextmanager
def open_systems(settings: Settings, counterpoint_url: str, *, sandbox_url: str | None = None) -> Iterator[Systems]:
    """Yield the systems; nothing is connected before it is needed."""
    with ExitStack() as opened:
        yield Systems(settings, counterpoint_url, sandbox_url, opened)
