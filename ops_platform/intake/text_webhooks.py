"""What Twilio tells the platform: what people wrote back, and what became of texts. Each call signed by Twilio.

What belongs here: HTTP, signature, sizes. What does not: what follows from it (flows/texts). An opt-out is in force
when the answer goes out; should the platform be away, Twilio itself refuses texts to whoever wrote STOP (21610).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from ops_platform.adapters.database import Database
from ops_platform.adapters.sandbox_address import TWILIO_TOKEN
from ops_platform.adapters.twilio_api import TextStatus
from ops_platform.flows.texts import inbound, records
from ops_platform.retail.campaigns.opt_out import Meaning
from ops_platform.settings_retail_texts import TextsSettings

PATH: Final = "/texts"
LARGEST_BYTES: Final = 64 * 1024
_SILENT: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'  # Twilio's own answer to STOP is enough
_log: Final = logging.getLogger(__name__)
_UNDERSTOOD: Final[dict[str, Meaning]] = {"STOP": "stop", "START": "start"}
"""OptOutType, which Twilio sends where the store chose its own words in the console (Advanced Opt-Out)."""
Work = Callable[[dict[str, str]], None]


def text_routes(db: Database, settings: TextsSettings) -> list[Route]:
    """POST /texts/inbound and /texts/status; none without retail.texts.webhook_url, which the signature is made of."""
    if not settings.webhook_url:
        return []
    is_sandbox = settings.mode == "sandbox"

    def heard(form: dict[str, str]) -> None:
        try:
            inbound.hear(
                db,
                sid=form["MessageSid"],
                sender=form["From"],
                body=form.get("Body", ""),
                is_sandbox=is_sandbox,
                understood=_UNDERSTOOD.get(form.get("OptOutType", "")),
            )
        except inbound.NoPhoneError:
            _log.info("a text came from no number of North America; it was left")

    def told(form: dict[str, str]) -> None:
        code = form.get("ErrorCode", "")
        status = TextStatus(
            sid=form["MessageSid"],
            status=form["MessageStatus"],
            code=int(code) if code.isdecimal() else None,
            segments=None,
            price=None,
            to="",
            body="",
            created_at=None,
        )
        records.keep_one(db, status.sid)  # the callback may come before the run that sent it has ended
        records.put_told(db, [status], is_sandbox=is_sandbox)
        if status.code is not None:  # only a refusal can stop a campaign
            records.stop_when_refused(db, is_sandbox=is_sandbox, max_filtered=settings.max_filtered)

    pages = {"inbound": heard, "status": told}
    return [
        Route(f"{PATH}/{name}", _signed(settings, f"{settings.webhook_url}/{name}", work), methods=["POST"])
        for name, work in pages.items()
    ]


def _signed(settings: TextsSettings, url: str, work: Work) -> Callable[[Request], Awaitable[Response]]:
    token = TWILIO_TOKEN if settings.mode == "sandbox" else _live_token(settings)
    validator = RequestValidator(token)

    async def page(request: Request) -> Response:
        if (body := await _body(request)) is None:
            return Response("too large", 413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            return Response("not signed by Twilio", 403)
        try:
            await run_in_threadpool(work, form)
        except KeyError as error:
            return Response(f"{error.args[0]} is missing", 400)
        return Response(_SILENT, media_type="text/xml")

    return page


def _live_token(settings: TextsSettings) -> str:
    return settings.auth_token.get_secret_value() if settings.auth_token else ""


async def _body(request: Request) -> bytes | None:
    read = b""
    async for part in request.stream():
        read += part
        if len(read) > LARGEST_BYTES:
            return None
    return read
