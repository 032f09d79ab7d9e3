"""The pages of the forms: shown, checked, kept, thanked for. No cookie is set and nobody is recognised.

What belongs here: routes and what a person reads next. What does not: what is right (forms.py), wording
(templates/intake). A form carries a signed token: it was given out by this server, for this form, not long ago. That it
is sent from our own page is seen by the guard.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ops_platform.adapters.database import Database
from ops_platform.adapters.templates import render
from ops_platform.intake import forms, store
from ops_platform.intake.guard import App as AsgiApp
from ops_platform.intake.guard import Guard
from ops_platform.intake.pace import Pace
from ops_platform.intake.text_webhooks import text_routes
from ops_platform.paths import templates_dir
from ops_platform.settings import Settings

TOKEN_SECONDS: Final = 4 * 3600
_MOST_FIELDS: Final = 60
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Form:
    """One form. name: of its page and template. check, keep: what is right, and keeping it (True: it was new)."""

    name: str
    check: Callable[[Mapping[str, str], list[str]], forms.Filled]
    keep: Callable[[forms.Filled, datetime], bool]


class Intake:
    """The pages. wanted: called when something was kept. now: the clock, in the store's zone."""

    def __init__(
        self, db: Database, settings: Settings, secret: bytes, *, wanted: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] | None = None,
    ) -> None:  # fmt: skip
        zone = ZoneInfo(settings.retail.timezone)
        self._db = db
        self._settings = settings
        self._now = now or (lambda: datetime.now(zone))
        self._wanted = wanted
        self._pace = Pace(settings.intake)
        self._tokens = URLSafeTimedSerializer(secret)
        own = settings.intake
        self._forms = (
            Form(
                "design-request",
                lambda sent, goals: forms.design_request(sent, goals, own),
                lambda filled, at: store.keep_lead(db, filled.values, filled.chosen, at),
            ),
            Form(
                "back-in-stock",
                lambda sent, _: forms.back_in_stock(sent),
                lambda filled, at: store.keep_request(db, filled.values, at),
            ),
            Form(
                "newsletter",
                lambda sent, _: forms.newsletter(sent),
                lambda filled, at: store.keep_newsletter(db, filled.values, at),
            ),
        )

    def asgi(self) -> AsgiApp:
        """The application inside its guard."""
        routes: list[BaseRoute] = [
            Route("/", self._index),
            Route("/health", lambda _: PlainTextResponse("the forms are served")),
            *(Route(f"/{name}", _static(name)) for name in ("style.css", "form.js")),
        ]
        for form in self._forms:
            routes += [
                Route(f"/{form.name}", self._page(form), methods=["GET", "POST"]),
                Route(f"/{form.name}/thanks", self._thanks(form)),
            ]
        routes += text_routes(self._db, self._settings.retail.texts)
        app = Starlette(routes=routes, exception_handlers={404: self._not_found, 500: self._broken})
        return Guard(app, self._settings.intake)

    def _page(self, form: Form) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            if request.method != "POST":
                return self._shown(form, forms.Filled(typed={"item": request.query_params.get("item", "")[:40]}))
            return await self._sent(form, await request.form(max_files=0, max_fields=_MOST_FIELDS), request)

        return answer

    async def _sent(self, form: Form, sent: FormData, request: Request) -> Response:
        texts = {name: value for name, value in sent.items() if isinstance(value, str)}
        goals = [value for value in sent.getlist("interested_in") if isinstance(value, str)]
        filled = form.check(texts, goals)
        if texts.get(forms.HONEYPOT):
            _log.info("a form was filled in by a program and is not kept")
            return self._thanked(form, filled, new=True)
        if filled.errors:
            return self._shown(form, filled, status=422)
        if not self._is_ours(form, texts.get("token", "")):
            return self._shown(form, filled, status=422, problem="stale")
        wait = self._pace.wait(request.client.host if request.client else "")
        if wait:
            return self._shown(form, filled, status=429, problem="often", wait=wait)
        try:
            new = await run_in_threadpool(form.keep, filled, self._now())
        except sa.exc.SQLAlchemyError as error:
            # Its text may quote what was filled in.
            _log.error("a form could not be kept: %s", type(getattr(error, "orig", None) or error).__name__)
            return self._shown(form, filled, status=503, problem="away")
        self._wanted()
        return self._thanked(form, filled, new=new)

    def _thanked(self, form: Form, filled: forms.Filled, *, new: bool) -> Response:
        """Lead on to another page: who loads that one anew sends nothing twice."""
        told = {} if new else {"again": "1"}
        if form.name == "back-in-stock" and (item := filled.values.get("item")):
            told["item"] = item
        query = f"?{urlencode(told)}" if told else ""
        return RedirectResponse(f"/{form.name}/thanks{query}", status_code=303)

    def _thanks(self, form: Form) -> Callable[[Request], Any]:
        def answer(request: Request) -> Response:
            item = request.query_params.get("item", "")
            shown = item if re.fullmatch(r"[A-Z0-9._/#+-]{1,20}", item) else None
            return self._html("thanks", form=form.name, again="again" in request.query_params, item=shown)

        return answer

    def _shown(
        self, form: Form, filled: forms.Filled, *, status: int = 200, problem: str | None = None, wait: int = 0
    ) -> Response:
        token = self._tokens.dumps(secrets.token_hex(8), salt=form.name)
        answer = self._html(
            form.name.replace("-", "_"),
            status=status,
            form=form.name,
            typed=filled.typed,
            chosen=filled.chosen,
            errors=filled.errors,
            token=token,
            problem=problem,
            wait=wait,
            honeypot=forms.HONEYPOT,
            goals=self._settings.intake.goals,
            timelines=self._settings.intake.timelines,
        )
        if wait:
            answer.headers["retry-after"] = str(wait)
        return answer

    def _is_ours(self, form: Form, token: str) -> bool:
        try:
            self._tokens.loads(token, max_age=TOKEN_SECONDS, salt=form.name)
        except BadSignature:
            return False
        return True

    def _index(self, _: Request) -> Response:
        return self._html("index")

    def _not_found(self, _: Request, __: Exception) -> Response:
        return self._html("problem", status=404, problem="missing")

    def _broken(self, _: Request, __: Exception) -> Response:
        return self._html("problem", status=500, problem="broken")

    def _html(self, template: str, *, status: int = 200, **values: Any) -> Response:
        mail = self._settings.mail
        page = render(f"intake/{template}.html", store=mail.store, website=mail.website, **values)
        return HTMLResponse(page, status, headers={"cache-control": "no-store"})


def _static(name: str) -> Callable[[Request], Response]:
    path: Path = templates_dir() / "intake" / name

    def answer(_: Request) -> Response:
        return FileResponse(path, headers={"cache-control": "public, max-age=3600"})

    return answer
