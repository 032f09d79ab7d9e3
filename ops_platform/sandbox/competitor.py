"""A competitor's web site for wholesale customers: a login form, and behind it a table of what there is, with prices.

Three pages show the same rows: `/availability` as HTML, `/availability-pages` some at a time with a link to the next,
`/availability-js` by a script, for readers with a browser. Prices move a little every day.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
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
_PAGE_ROWS: Final = 25
_PLANTS: Final = (
    "Acer palmatum 'Bloodgood'", "Buxus 'Green Velvet'", "Cercis canadensis", "Cornus florida 'Cherokee Brave'",
    "Echinacea 'Magnus'", "Hosta 'Patriot'", "Hydrangea p. 'Limelight'", "Ilex crenata 'Sky Pencil'",
    "Lavandula 'Phenomenal'", "Panicum 'Northwind'", "Rosa 'Double Knock Out'", "Thuja 'Green Giant'",
)  # fmt: skip
_SIZES: Final = (("1 gal", 9), ("3 gal", 27), ("7 gal", 84), ("15 gal", 260), ("2.5 in cal", 1180))


def invented_rows(day: date | None = None) -> list[tuple[str, str, str, str]]:
    """Rows as the site writes them on a day: prices like $1,234.50, some "call", numbers with commas.

    Always the same for one day; without a day, as they were at first. From day to day some prices move, and one plant
    in one size is missing.
    """
    found = []
    ordinal = 0 if day is None else day.toordinal()
    for place, plant in enumerate(_PLANTS):
        for step, (size, price) in enumerate(_SIZES):
            turn = place * len(_SIZES) + step
            if day is not None and (ordinal + turn) % (len(_PLANTS) * len(_SIZES)) == 0:
                continue
            number = (place * 37 + step * 211 + ordinal * 13) % 1400
            moved = 1 + (ordinal // 3 + turn) % 7 / 100 if day is not None and turn % 4 == ordinal % 4 else 1
            cost = f"${price * (1 + place / 20) * moved:,.2f}"
            found.append((plant, f"{number:,}", size, "call" if (place + step) % 11 == 10 else cost))
    return found


class CompetitorSandbox:
    """The site. rows: under COLUMNS, as written; none: those of `today`. Sessions last as long as the sandbox."""

    def __init__(
        self,
        rows: Sequence[tuple[str, str, str, str]] | None = None,
        *,
        user: str = COMPETITOR_USER,
        password: str = SANDBOX_KEY,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._rows = None if rows is None else list(rows)
        self._today = today
        self.user, self.password = user, password
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._sessions: set[str] = set()

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """What the site shows now."""
        return invented_rows(self._today()) if self._rows is None else self._rows

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
    """The service under /competitor: `login`, `availability`, `availability-pages`, `availability-js`."""

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
        following = None
        if request.url.path.endswith("-pages"):
            page = max(1, int(request.query_params.get("page", "1")))
            following = f"?page={page + 1}" if page * _PAGE_ROWS < len(rows) else None
            rows = rows[(page - 1) * _PAGE_ROWS : page * _PAGE_ROWS]
        shown = [] if by_script else rows
        return _page("availability", root, columns=columns, rows=shown, by_script=by_script, following=following)

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
            Route("/availability-pages", table),
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


def invented_page(day: date) -> str:
    """The page of `/availability` as it was on a day."""
    values = {"columns": COLUMNS, "rows": invented_rows(day), "by_script": False, "following": None}
    return render("sandbox/competitor_availability.html", root="", **values)


def _page(name: str, root: str, **values: Any) -> Response:
    return HTMLResponse(render(f"sandbox/competitor_{name}.html", root=root, **values))
