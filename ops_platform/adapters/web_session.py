"""Visiting a site by plain HTTP: a session with its cookies, the login form with its hidden fields, page after page.

For pages that need no script; browser.py visits the others. A password goes to the host of the login alone, and nowhere
a redirect or a form points to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import UnicodeDammit

from ops_platform.adapters.http import PATIENT, HttpClient, Retry
from ops_platform.adapters.http_answers import Answer, HttpError
from ops_platform.adapters.site_visit import (
    Accept,
    Errand,
    Result,
    SiteError,
    is_called,
    login_form,
    next_link,
    refused,
    too_many,
)

_MOVED: Final = frozenset({301, 302, 303})
_MOVED_AS_IT_IS: Final = frozenset({307, 308})
_MOST_MOVES: Final = 10
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_READABLE: Final = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}


def visit_by_http(
    errand: Errand, accept: Accept[Result], *, retry: Retry = PATIENT, sleep: Callable[[float], None] = time.sleep
) -> Result:
    """Log in, read every page, and return what `accept` makes of them. Errors: SiteError."""
    with ExitStack() as opened:
        session = _Session(errand, opened, retry, sleep)
        try:
            if errand.site.login is not None:
                session.log_in()
            pages = list(session.pages())
            try:
                return accept(pages)
            except ValueError as error:
                raise SiteError("layout", str(error)) from None
        except SiteError as error:
            error.page = error.page or session.last
            raise
        except HttpError as error:
            raise SiteError("unreachable", f"{error}", page=session.last) from None


class _Session:
    """One visitor. last: the newest page, without the password."""

    def __init__(self, errand: Errand, opened: ExitStack, retry: Retry, sleep: Callable[[float], None]) -> None:
        self._errand = errand
        self._site = errand.site
        self._opened = opened
        self._retry = retry
        self._sleep = sleep
        self._clients: dict[str, HttpClient] = {}
        self._asked = False
        self.last: str | None = None

    def log_in(self) -> None:
        login = self._site.login
        assert login is not None
        page, address = self._get(login.url)
        form = login_form(page, login)
        if form is None:
            raise SiteError(
                "login",
                f"there is no login form at {login.url} with the fields {login.user_field!r} and "
                f"{login.password_field!r}; set user_field and password_field, or engine: browser if a script makes it",
            )
        fields = dict(_fields(form, login.submit))
        for place in form.select("input"):
            for name, value in ((login.user_field, login.user), (login.password_field, self._errand.password)):
                if is_called(place, name):
                    fields[str(place.get("name") or name)] = value
        target = urljoin(address, str(form.get("action") or address))
        try:
            answer, _ = self._send(target, fields, get=str(form.get("method", "get")).lower() != "post")
        except HttpError as error:
            if error.status in (401, 403):
                raise SiteError("login", refused(login)) from None
            raise
        if login_form(answer, login) is not None:
            raise SiteError("login", refused(login))

    def pages(self) -> Iterator[str]:
        """The page of the table, and those its link leads on to."""
        address, seen = self._site.url, set[str]()
        while True:
            page, address = self._get(address)
            self._still_logged_in(page)
            seen.add(address)
            yield str(page)
            target = next_link(page, self._site.next)
            if target == "":
                raise SiteError("page", "the link to the next page works by a script only; set engine: browser")
            if target is None or urljoin(address, target) in seen:
                return
            if len(seen) >= self._site.max_pages:
                raise SiteError("page", too_many(self._site))
            address = urljoin(address, target)

    def _still_logged_in(self, page: BeautifulSoup) -> None:
        login = self._site.login
        if login is not None and page.select_one(self._site.table) is None and login_form(page, login) is not None:
            raise SiteError("login", refused(login))

    def _get(self, address: str) -> tuple[BeautifulSoup, str]:
        return self._follow("GET", address, None)

    def _send(self, address: str, fields: dict[str, str], *, get: bool) -> tuple[BeautifulSoup, str]:
        if get:  # some old shops do; the password then stands in an address, which nothing of ours writes down
            return self._follow("GET", f"{address.partition('?')[0]}?{urlencode(fields)}", None)
        return self._follow("POST", address, urlencode(fields).encode())

    def _follow(self, method: str, address: str, body: bytes | None) -> tuple[BeautifulSoup, str]:
        for _ in range(_MOST_MOVES):
            self._allowed(address)
            try:
                answer = self._ask(method, address, body)
            except HttpError as error:
                target = error.headers.get("location")
                if target is None or error.status not in _MOVED | _MOVED_AS_IT_IS:
                    raise
                address = urljoin(address, target)
                if error.status in _MOVED:
                    method, body = "GET", None
                continue
            text = UnicodeDammit(answer.body, _charsets(answer), is_html=True).unicode_markup or ""
            self.last = self._errand.without_password(text)
            return BeautifulSoup(text, "lxml"), address
        raise SiteError("page", f"{self._site.url}: the site sends on more than {_MOST_MOVES} times")

    def _ask(self, method: str, address: str, body: bytes | None) -> Answer:
        if self._asked and self._errand.delay_seconds:
            self._sleep(self._errand.delay_seconds)
        self._asked = True
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._clients:
            client = HttpClient(
                origin, headers=_READABLE, timeout_seconds=self._errand.timeout_seconds, retry=self._retry,
                sleep=self._sleep,
            )  # fmt: skip
            self._clients[origin] = self._opened.enter_context(client)
        where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self._clients[origin].request(method, where, content=body, headers=_FORM if body is not None else None)

    def _allowed(self, address: str) -> None:
        """Only the hosts of the settings are asked, and never less safely than they say."""
        given = [self._site.url, *([self._site.login.url] if self._site.login else [])]
        known = {_place(each) for each in given}
        scheme, host, port = _place(address)
        if (scheme, host, port) in known or ((scheme, port) == ("https", 443) and host in {each[1] for each in known}):
            return
        shown = f"{scheme}://{host}:{port}"
        raise SiteError(
            "page", f"the site leads on to {shown}, which is not in its settings; set engine: browser if that is right"
        )


def _place(address: str) -> tuple[str, str, int]:
    """Scheme, host without www, and port of an address."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").removeprefix("www."), port


def _charsets(answer: Answer) -> list[str]:
    charset = answer.headers.get("content-type", "").partition("charset=")[2].split(";")[0].strip(" \"'")
    return [charset] if charset else []


def _fields(form: Tag, submit: str) -> Iterator[tuple[str, str]]:
    """What a browser would send of a form besides what a person types: hidden fields, choices, the button's own."""
    for place in form.select("input[name]"):
        kind = str(place.get("type", "text")).lower()
        if kind in ("submit", "button", "image", "reset", "file"):
            continue
        if kind not in ("checkbox", "radio") or place.has_attr("checked"):
            yield str(place["name"]), str(place.get("value", "on" if kind in ("checkbox", "radio") else ""))
    for place in form.select("select[name]"):
        chosen = place.select_one("option[selected]") or place.select_one("option")
        if chosen is not None:
            yield str(place["name"]), str(chosen.get("value", chosen.get_text(strip=True)))
    for place in form.select("textarea[name]"):
        yield str(place["name"]), place.get_text()
    buttons = form.select(submit or "button[type=submit], input[type=submit], button:not([type])")
    if buttons and buttons[0].get("name"):
        yield str(buttons[0]["name"]), str(buttons[0].get("value", ""))
