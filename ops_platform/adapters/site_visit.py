"""A visit of a web site behind a login, whoever makes it: what it needs, what it brings, and how it fails.

What belongs here: what web_session.py (plain HTTP) and browser.py (Chromium) share. What does not: what stands in the
table (retail/scraping.py) and whether it is plausible.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

from bs4 import BeautifulSoup, Tag

from ops_platform.settings_retail_outside import LoginSettings, SiteSettings

Kind = Literal["login", "page", "unreachable", "layout", "browser"]
Result = TypeVar("Result")
Accept = Callable[[Sequence[str]], Result]
"""Makes of the pages what the visit is for; called while the last page is still open. Errors: ValueError."""

_ENDED: Final = frozenset({"", "#"})


class SiteError(Exception):
    """A visit that brought nothing. The text says what a person does; it holds no password.

    kind: login (refused), page (no link, too many pages), unreachable, layout (the table is not as the settings say),
    browser (it is missing or does not start). page, picture: what was to be seen last, where there was anything.
    """

    def __init__(self, kind: Kind, message: str, *, page: str | None = None, picture: bytes | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.page = page
        self.picture = picture


@dataclass(frozen=True)
class Errand:
    """What a visit is to do. password: of the site's login. delay_seconds: between two requests."""

    site: SiteSettings
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30.0
    delay_seconds: float = 1.0

    def without_password(self, page: str) -> str:
        """A page as it may be kept: some sites write what was typed back into the form."""
        return page.replace(self.password, "***") if self.password else page


def login_form(page: BeautifulSoup, login: LoginSettings) -> Tag | None:
    """The form with the fields of the login; None when the page has none."""
    for place in page.select("input"):
        if is_called(place, login.password_field):
            form = place.find_parent("form") or page
            if any(is_called(other, login.user_field) for other in form.select("input")):
                return form
    return None


def is_called(tag: Tag, name: str) -> bool:
    """Whether a field has this name, or this id."""
    return name in (tag.get("name"), tag.get("id"))


def refused(login: LoginSettings) -> str:
    """What is said when the form comes back."""
    return (
        f"login refused: {login.url} shows its form again for the user {login.user!r}. Try the password by hand, set "
        "it in OPS_RETAIL__SCRAPING__PASSWORDS"
    )


def next_link(page: BeautifulSoup, selector: str) -> str | None:
    """Where the link to the next page leads; empty for one that only a script follows, None when there is no more."""
    found = page.select_one(selector) if selector else None
    if found is None or found.has_attr("disabled") or found.get("aria-disabled") == "true":
        return None
    if "disabled" in (found.get("class") or []):
        return None
    target = str(found.get("href", "")).strip()
    return "" if target in _ENDED or target.startswith("javascript:") else target


def too_many(site: SiteSettings) -> str:
    """What is said when a list does not end: a part of it would look like a list that shrank."""
    return f"there are more than {site.max_pages} pages; raise the site's `max_pages`, or look whether `next` is right"
