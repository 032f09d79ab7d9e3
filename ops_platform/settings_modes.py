"""Whether what an automation writes to is the sandbox or live. Only settings; loading this imports no driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops_platform.core.effects import KINDS
from ops_platform.settings_section import Mode

if TYPE_CHECKING:
    from ops_platform.settings import Settings


def mode_of(settings: Settings, target: str) -> Mode:
    """The mode of a target of retail/automation.py. Raises KeyError for what is none.

    The photos belong to the web shop that shows them; files for people and copies to the store whose data they hold.
    """
    store = settings.retail
    modes: dict[str, Mode] = {
        "counterpoint": store.counterpoint.mode,
        "customers": store.counterpoint.mode,
        "counterpoint_api": store.counterpoint_api.mode,
        "bigcommerce": store.bigcommerce.mode,
        "files": store.bigcommerce.mode,
        "webdav": store.webdav.mode,
        "mail": settings.mail.mode,
        "texts": store.texts.mode,
        "machine": store.internet.mode,
        "exports": store.counterpoint.mode,
        "backups": store.counterpoint.mode,
    }
    return modes[target]


def sandbox_kinds(settings: Settings) -> list[str]:
    """The kinds of effects whose system is the sandbox now."""
    return [kind for kind, target in KINDS.items() if mode_of(settings, target) == "sandbox"]
