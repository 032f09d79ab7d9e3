"""Twilio's messages API: sending, looking up, and the pages with which a test plays the phones."""

from __future__ import annotations

import base64
import secrets
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from functools import partial
from heapq import merge
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_platform.adapters.sandbox_address import TWILIO_PATH
from ops_platform.sandbox.service import Service, Summary, fault_of, json_answer, json_page
from ops_platform.sandbox.twilio_callbacks import Callbacks
from ops_platform.sandbox.twilio_pictures import coupon_picture
from ops_platform.sandbox.twilio_texts import MESSAGES, Text, TwilioRefusedError, TwilioSandbox

FAULTS: Final = {"error": "answer `status` with an error of Twilio (`code`, `message`), as in 429 with 20429"}
_ROOT: Final = "/2010-04-01/Accounts/{account}"
_SHOWN: Final = 8
_LARGEST_PAGE: Final = 1000


def twilio_service(state: TwilioSandbox) -> Service:
    """The service under /twilio. Pages under /_sandbox/twilio, JSON: GET `texts`; POST `script` (number, code),
    `webhook` (url), `inbound` (from, to, body)."""
    api, callbacks = _Api(state), Callbacks(state)

    async def texts(_request: Request) -> Response:
        shown = [{**asdict(each), "status": state.status(each), "segments": each.segments} for each in state.texts()]
        return json_answer([{**each, "created": each["created"].isoformat()} for each in shown])

    async def script(asked: dict[str, Any]) -> Response:
        try:
            state.script(str(asked["number"]), None if asked.get("code") is None else int(asked["code"]))
        except (KeyError, ValueError, TypeError) as error:
            return json_answer({"error": f"send number and code: {error}"}, 422)
        return json_answer({"number": asked["number"], "code": asked.get("code")})

    async def webhook(asked: dict[str, Any]) -> Response:
        state.webhook = asked.get("url")
        return json_answer({"url": state.webhook})

    async def inbound(asked: dict[str, Any]) -> Response:
        number, to, body = (str(asked.get(name, "")) for name in ("from", "to", "body"))
        sid = state.hear(number, body, to).sid
        told = await run_in_threadpool(partial(callbacks.tell_inbound, number, to, body, state.webhook, sid=sid))
        return json_answer({"webhook_answered": told})

    return Service(
        name=TWILIO_PATH,
        title="Twilio's text messages",
        routes=[
            Route(f"{_ROOT}/Messages.json", api.create, methods=["POST"]),
            Route(f"{_ROOT}/Messages.json", api.listed),
            Route(f"{_ROOT}/Messages/{{sid}}.json", api.one),
            Route("/media/{name}.png", _picture),
        ],
        summary=lambda: _summary(state),
        faults=FAULTS,
        pages=[
            Route("/texts", texts),
            *(
                Route(f"/{name}", json_page(page), methods=["POST"])
                for name, page in (("script", script), ("webhook", webhook), ("inbound", inbound))
            ),
        ],
        alongside=callbacks.running,
    )


async def _picture(request: Request) -> Response:
    """The picture of a campaign, for stores that have uploaded none yet."""
    return Response(await run_in_threadpool(coupon_picture, request.path_params["name"]), media_type="image/png")


class _Api:
    def __init__(self, state: TwilioSandbox) -> None:
        self._state = state

    async def create(self, request: Request) -> Response:
        """POST Messages.json."""
        refusal = self._refusal(request)
        fault = fault_of(request)
        if refusal is not None:
            return refusal
        if fault is not None and not fault.accepted:
            return _error(int(fault.code or 20429), fault.status, fault.message)
        form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        given = {name: values[-1] for name, values in form.items()}
        try:
            text = self._state.send(
                to=given.get("To", ""),
                sender=given.get("From") or given.get("MessagingServiceSid", ""),
                body=given.get("Body", ""),
                media=tuple(form.get("MediaUrl", ())),
                callback=given.get("StatusCallback") or None,
                valid_seconds=_seconds(given.get("ValidityPeriod")),
            )
        except TwilioRefusedError as error:
            return _error(error.code, error.status)
        if fault is not None:
            return _error(int(fault.code or 20429), fault.status, fault.message)
        return json_answer(self._shown(text), 201)

    async def one(self, request: Request) -> Response:
        """GET Messages/{sid}.json."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        found = self._state.text(request.path_params["sid"])
        return _error(20404, 404) if found is None else json_answer(self._shown(found))

    async def listed(self, request: Request) -> Response:
        """GET Messages.json: newest first, also what phones wrote; of a recipient (To) or a sender (From), by days
        (DateSent, DateSent>, <)."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        asked = request.query_params
        given = dict(asked)
        # Looking through a hundred thousand for one number would keep every other request waiting.
        both = (reversed(self._state.texts(given.get("To"))), reversed(self._state.heard()))
        found = [text for text in merge(*both, key=_created, reverse=True) if _matches(text, given)]
        size = min(max(_number(asked.get("PageSize"), 50), 1), _LARGEST_PAGE)
        page = _number(asked.get("Page"), 0)
        shown = found[page * size : (page + 1) * size]
        following = None
        if len(found) > (page + 1) * size:
            following = str(request.url.include_query_params(Page=page + 1))
            following = following[following.index("/2010-04-01") :]
        return json_answer(
            {
                "messages": [self._shown(text) for text in shown],
                "page": page,
                "page_size": size,
                "next_page_uri": following,
            }
        )

    def _refusal(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").partition(" ")[2]
        wanted = base64.b64encode(f"{self._state.account}:{self._state.token}".encode()).decode()
        if not secrets.compare_digest(given.encode(), wanted.encode()):
            return _error(20003, 401)
        return None if request.path_params["account"] == self._state.account else _error(20404, 404)

    def _shown(self, text: Text) -> dict[str, Any]:
        status, sent = self._state.status(text), format_datetime(text.created)
        code = text.late_code if status == "undelivered" else None
        return {
            "sid": text.sid,
            "account_sid": self._state.account,
            "api_version": "2010-04-01",
            "to": text.to,
            "from": text.sender if text.sender.startswith("+") else None,
            "messaging_service_sid": None if text.sender.startswith("+") else text.sender,
            "body": text.body,
            "num_segments": str(text.segments),
            "num_media": str(len(text.media)),
            "direction": text.direction,
            "status": status,
            "error_code": code,
            "error_message": None if code is None else MESSAGES[code],
            "date_created": sent,
            "date_updated": sent,
            "date_sent": None if status == "queued" else sent,
            "price": None if status == "queued" else str(-_price(text)),
            "price_unit": "USD",
            "uri": f"/2010-04-01/Accounts/{self._state.account}/Messages/{text.sid}.json",
            "subresource_uris": {},
        }


def _created(text: Text) -> datetime:
    return text.created


def _seconds(text: str | None) -> int | None:
    """A ValidityPeriod; 0, which is refused, for one that is no number."""
    return None if text is None else _number(text, 0)


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isdecimal() else usual


def _price(text: Text) -> Decimal:
    """Dollars, as Twilio charges about: a part each, a picture for all of it."""
    return Decimal("0.0200") if text.media else Decimal("0.0079") * text.segments


def _matches(text: Text, asked: dict[str, str]) -> bool:
    if asked.get("To", text.to) != text.to or asked.get("From", text.sender) != text.sender:
        return False  # before the day is made into text: a campaign has a hundred thousand
    day = text.created.isoformat()
    return (
        day[:10] == asked.get("DateSent", day)[:10]
        and day[:19] >= asked.get("DateSent>", "")[:19]
        and day[:19] <= asked.get("DateSent<", "9")[:19]
    )


def _error(code: int, status: int, message: str = "") -> Response:
    words = message or MESSAGES.get(code, "An error")
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_answer({"code": code, "message": words, "more_info": more, "status": status}, status)


def _summary(state: TwilioSandbox) -> Summary:
    texts = state.texts()
    facts: dict[str, str | int] = {
        "texts": len(texts),
        "parts": sum(text.segments for text in texts),
        "sent twice": state.duplicates(),
        "stopped": len(state.stopped),
    }
    newest = texts[: -_SHOWN - 1 : -1]
    rows = [(text.to, text.body, ", ".join(map(_file, text.media)), state.status(text)) for text in newest]
    return Summary(facts, ("to", "text", "picture", "status"), rows)


def _file(url: str) -> str:
    """The name at the end of a picture's address."""
    return PurePosixPath(urlsplit(url).path).name
