"""The mail server among the sandbox's services, and its pages: a mail as its reader would see it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from ops_platform.adapters.templates import render
from ops_platform.sandbox.service import Service, json_answer
from ops_platform.sandbox.smtp import FAULTS, NAME, MailSandbox

# A mail may hold anything: no script runs, nothing is fetched, pictures only out of the mail itself.
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-src 'self'"


def mail_service(state: MailSandbox) -> Service:
    """The mail server; under /_sandbox/smtp its pages `address`, `mails` (JSON), `mails/<key>`, `times?message_id=`."""

    async def address(_request: Request) -> Response:
        return json_answer(state.address)

    async def mails(_request: Request) -> Response:
        return json_answer([asdict(mail) for mail in state.mails()])

    async def times(request: Request) -> Response:
        return json_answer({"times": state.times_kept(request.query_params.get("message_id", ""))})

    async def mail(request: Request) -> Response:
        found = state.mail(request.path_params["key"])
        if found is None:
            return PlainTextResponse("there is no such mail", 404)
        return HTMLResponse(render("sandbox/mail.html", mail=found), headers={"content-security-policy": _POLICY})

    return Service(
        name=NAME,
        title="Mail server (SMTP)",
        routes=[],
        summary=state.summary,
        faults=FAULTS,
        pages=[
            Route("/address", address),
            Route("/times", times),
            Route("/mails", mails),
            Route("/mails/{key}", mail),
        ],
        alongside=state.serving,
        speaks_http=False,
    )
