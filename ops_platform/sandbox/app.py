"""The frame around the services: the index page, the control interface, and each service behind its door.

Under `/_sandbox/`, all JSON: `GET state`; `GET log?service=&after=`; `GET`, `POST` and `DELETE faults`;
`DELETE faults/<number>`. A POST is one fault, its keys those of faults.Fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from ops_platform.adapters.templates import render
from ops_platform.sandbox.exchange import Door
from ops_platform.sandbox.faults import Fault, Faults, UnknownFaultError
from ops_platform.sandbox.request_log import RequestLog
from ops_platform.sandbox.service import Link, Service, json_answer

_TAIL: Final = 40
_OWN_NAMES: Final = ["127.0.0.1", "localhost"]


class SandboxApp:
    """Builds the ASGI application of some services; `log` and `faults` are the live ones."""

    def __init__(self, services: Sequence[Service], *, log: RequestLog | None = None) -> None:
        self.services = tuple(services)
        self.log = log or RequestLog()
        silent = [service.name for service in services if not service.speaks_http]
        self.faults = Faults({service.name: service.faults for service in services}, silent)

    def asgi(self) -> Starlette:
        """The application. It answers to names of this machine only, so that no web page can reach it by DNS."""
        doors = (
            Mount(
                f"/{each.name}",
                app=Door(each.name, Starlette(routes=list(each.routes)), log=self.log, faults=self.faults),
            )
            for each in self.services
        )
        control = Mount(
            "/_sandbox",
            routes=[
                Route("/state", self._state),
                Route("/log", self._entries),
                Route("/faults", self._switched_on),
                Route("/faults", self._switch_on, methods=["POST"]),
                Route("/faults", self._switch_off, methods=["DELETE"]),
                Route("/faults/{number:int}", self._switch_off, methods=["DELETE"]),
                *(Mount(f"/{each.name}", routes=list(each.pages)) for each in self.services if each.pages),
            ],
        )
        # Without www_redirect: that would answer a foreign name with the way in.
        guard = Middleware(TrustedHostMiddleware, allowed_hosts=_OWN_NAMES, www_redirect=False)
        return Starlette(routes=[Route("/", self._index), control, *doors], middleware=[guard])

    def state(self, url: str) -> list[dict[str, Any]]:
        """Each service as JSON values: name, title, url, settings, facts, columns, rows, requests, faults.

        A cell of a row that leads somewhere is {text, href}.
        """
        return [_shown(each, f"{url}/{each.name}") | dict(self.log.counts(each.name)) for each in self.services]

    async def _index(self, request: Request) -> Response:
        url = _url(request)
        page = render(
            "sandbox/index.html",
            url=url,
            services=self.state(url),
            entries=self.log.entries()[: -_TAIL - 1 : -1],
            faults=[each.shown() for each in self.faults.all()],
            kinds={each.name: self.faults.kinds(each.name) for each in self.services},
        )
        return HTMLResponse(page, headers={"cache-control": "no-store"})

    async def _state(self, request: Request) -> Response:
        return json_answer({"services": self.state(_url(request)), "faults": self._listed()})

    async def _entries(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        service = request.query_params.get("service")
        entries = self.log.entries(service, after=int(after) if after.isdecimal() else 0)
        return json_answer([asdict(entry) for entry in entries])

    async def _switched_on(self, _request: Request) -> Response:
        return json_answer(self._listed())

    async def _switch_on(self, request: Request) -> Response:
        # A form of another site's page cannot send this type without the browser asking first.
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return json_answer({"error": "send a fault as JSON (Content-Type: application/json)"}, 415)
        try:
            found = self.faults.switch_on(Fault.model_validate_json(await request.body()))
        except ValidationError as error:
            told = [f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors()]
            return json_answer({"error": "; ".join(told)}, 422)
        except UnknownFaultError as error:
            return json_answer({"error": str(error)}, 422)
        return json_answer(found.shown(), 201)

    async def _switch_off(self, request: Request) -> Response:
        number = request.path_params.get("number")
        switched_off = self.faults.switch_off(number)
        if number is not None and not switched_off:
            return json_answer({"error": f"there is no fault {number}"}, 404)
        return json_answer({"switched_off": switched_off})

    def _listed(self) -> list[dict[str, Any]]:
        return [each.shown() for each in self.faults.all()]


def _shown(service: Service, url: str) -> dict[str, Any]:
    summary = service.summary()
    return {
        "name": service.name,
        "title": service.title,
        "url": url if service.speaks_http else "",
        "settings": {name: value.replace("{url}", url) for name, value in service.settings.items()},
        "facts": dict(summary.facts),
        "columns": list(summary.columns),
        "rows": [[cell._asdict() if isinstance(cell, Link) else cell for cell in row] for row in summary.rows],
    }


def _url(request: Request) -> str:
    return str(request.base_url).rstrip("/")
