"""A competitor's web site for wholesale customers: a login form, and behind it a table of what there is, with prices.

Two pages show the same rows: `/availability` as HTML, `/availability-js` by a script, for readers with a browser.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ops_platform.adapters.sandbox_address import COMPETITOR_PATH, COMPETITOR_USER, SANDBOX_KEY
from ops_platform.adapters.templates import render
from ops_platform.sandbox.service import Link, Service, Summary, fault_of, json_answer

COLUMNS: Final = ("Name", "Available", "Size", "Price")
FAULTS: Final = {
    "renamed_column": "call the column Price by another name (`message`, Cost unless set)",
    "empty_table": "show the table without a row",
    "half_table": "show half of the rows",
    "no_table": "show a page without a table",
}
_COOKIE: Final = "session"
_SHOWN: Final = 6
_PLANTS: Final = (
    "Acer palmatum 'Bloodgood'", "Buxus 'Green Velvet'", "Cercis canadensis", "Cornus florida 'Cherokee Brave'",
    "Echinacea 'Magnus'", "Hosta 'Patriot'", "Hydrangea p. 'Limelight'", "Ilex crenata 'Sky Pencil'",
    "Lavandula 'Phenomenal'", "Panicum 'Northwind'", "Rosa 'Double Knock Out'", "Thuja 'Green Giant'",
)  # fmt: skip
_SIZES: Final = (("1 gal", 9), ("3 gal", 27), ("7 gal", 84), ("15 gal", 260), ("2.5 in cal", 1180))


def invented_rows() -> list[tuple[str, str, str, str]]:
    """Rows as the site writes them: prices like $1,234.50, some "call", numbers with commas. Always the same."""
    found = []
    for place, plant in enumerate(_PLANTS):
        for step, (size, price) in enumerate(_SIZES):
            number = (place * 37 + step * 211) % 1400
            cost = f"${price * (1 + place / 20):,.2f}"
            found.append((plant, f"{number:,}", size, "call" if (place + step) % 11 == 10 else cost))
    return found


class CompetitorSandbox:
    """The site. rows: under COLUMNS, as written. Sessions last as long as the sandbox."""

    def __init__(
        self,
        rows: Sequence[tuple[str, str, str, str]] | None = None,
        *,
        user: str = COMPETITOR_USER,
        password: str = SANDBOX_KEY,
    ) -> None:
        self.rows = list(invented_rows() if rows is None else rows)
        self.user, self.password = user, password
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._sessions: set[str] = set()

    def new_form(self) -> str:
        """The hidden field of a login form, good for one login."""
        token = secrets.token_hex(8)
        with self._lock:
            self._forms.add(token)
        return token

    def log_in(self, form: dict[str, str]) -> str | None:
        """The session of a right login, None for a wrong one."""
        with self._lock:
            known = form.get("token", "") in self._forms
            self._forms.discard(form.get("token", ""))
            right = form.get("username") == self.user and form.get("password") == self.password
            if not (known and right):
                return None
            session = secrets.token_hex(16)
            self._sessions.add(session)
            return session

    def is_logged_in(self, session: str | None) -> bool:
        """Whether a session is one of ours."""
        with self._lock:
            return session in self._sessions


def competitor_service(state: CompetitorSandbox) -> Service:
    """The service under /competitor: `login`, `availability`, `availability-js`."""

    async def login(request: Request) -> Response:
        root = request.scope["root_path"]
        if request.method == "GET":
            return _page("login", root, token=state.new_form(), refused=False)
        form = {name: values[-1] for name, values in parse_qs((await request.body()).decode("latin-1")).items()}
        session = state.log_in(form)
        if session is None:
            return _page("login", root, token=state.new_form(), refused=True)  # 200, as such sites answer
        answer = RedirectResponse(f"{root}/availability", 303)
        answer.set_cookie(_COOKIE, session, path=root, httponly=True, samesite="lax")
        return answer

    async def table(request: Request) -> Response:
        root = request.scope["root_path"]
        if not state.is_logged_in(request.cookies.get(_COOKIE)):
            return RedirectResponse(f"{root}/login", 303)
        by_script = request.url.path.endswith("-js")
        columns, rows = _shown(request, state)
        return _page("availability", root, columns=columns, rows=[] if by_script else rows, by_script=by_script)

    async def data(request: Request) -> Response:
        if not state.is_logged_in(request.cookies.get(_COOKIE)):
            return json_answer({"error": "log in"}, 401)
        return json_answer({"data": _shown(request, state)[1]})

    root = f"/{COMPETITOR_PATH}"
    return Service(
        name=COMPETITOR_PATH,
        title="A competitor's availability list",
        routes=[
            Route("/login", login, methods=["GET", "POST"]),
            Route("/availability", table),
            Route("/availability-js", table),
            Route("/availability.json", data),
        ],
        summary=lambda: Summary(
            {"plants": len(state.rows), "user": state.user, "password": state.password},
            COLUMNS,
            [(Link(row[0], f"{root}/login"), *row[1:]) for row in state.rows[:_SHOWN]],
        ),
        faults=FAULTS,
    )


def _shown(request: Request, state: CompetitorSandbox) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows as the page is to have them; no columns: no table."""
    fault = fault_of(request)
    kind = None if fault is None else fault.kind
    columns: tuple[str, ...] = COLUMNS
    rows: list[tuple[str, ...]] = list(state.rows)
    if fault is not None and kind == "renamed_column":
        columns = (*COLUMNS[:3], fault.message or "Cost")
    elif kind == "empty_table":
        rows = []
    elif kind == "half_table":
        rows = rows[: len(rows) // 2]
    elif kind == "no_table":
        columns = ()
    return columns, rows


def _page(name: str, root: str, **values: Any) -> Response:
    return HTMLResponse(render(f"sandbox/competitor_{name}.html", root=root, **values))
