"""Twilio: send one text, ask what became of it, find one whose sending nobody saw the end of.

What belongs here: the library's client on the platform's own HTTP (its address can be set, a deadline holds), and
Twilio's errors as what they mean. What does not: who gets a text and whether it may go (retail/campaigns,
flows/texts). A call is never repeated here: Twilio has no key by which it would recognise a second one.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal, Self
from urllib.parse import urlencode, urlsplit

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient as TwilioHttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError
from ops_platform.adapters.sandbox_address import TWILIO_ACCOUNT, TWILIO_PATH, TWILIO_TOKEN, sandbox_of
from ops_platform.core.privacy import masked
from ops_platform.settings import Settings
from ops_platform.settings_retail_texts import TextsSettings

Meaning = Literal["opted_out", "not_textable", "stop_all", "filtered", "later", "refused", "ambiguous"]
_PAGE: Final = 1000
_log: Final = logging.getLogger(__name__)
_SANDBOX_SENDER: Final = "+18285550100"
_BUSY: Final = 429
_SLOWER: Final = 20429
_INBOUND: Final = "inbound"
_LONGEST_VALIDITY: Final = 36_000
SHORTEST_VALIDITY: Final = 1
"""Seconds that Twilio takes for ValidityPeriod. Source: Twilio, error 21624, "Invalid validity period value"."""
_CLOCKS_DIFFER: Final = timedelta(hours=1)
"""How far Twilio's clock and the platform's may be apart. A minute was too little: with a clock two minutes ahead the
look-up began behind the text, said that there was none, and it was sent twice.

Within so long an earlier text with the same words to the same number could be taken for the one that is looked for.
The gate lets only one such text go a day: words are drawn from campaign, customer and day, and a phone gets a
campaign's text of an occasion once (flows/texts/gate.py). Where the store allows two (one_text_a_phone off, test
recipients) two people of one name may share the words; then a text that did not arrive counts as sent. One too few,
never one too many."""

MEANINGS: Final[Mapping[int, tuple[Meaning, str]]] = {
    20003: ("stop_all", "account or token is wrong; correct retail.texts.account_sid, OPS_RETAIL__TEXTS__AUTH_TOKEN"),
    20404: ("stop_all", "Twilio does not know the account; correct retail.texts.account_sid"),
    20429: ("later", "Twilio asks to go slower"),
    21211: ("not_textable", "the number does not exist"),
    21408: ("refused", "texts to this country are switched off in Twilio's console (Geo permissions)"),
    21606: ("stop_all", "retail.texts.from_number cannot send texts; choose one of the account's numbers"),
    21610: ("opted_out", "the recipient wrote STOP to this number"),
    21611: ("later", "the sending number has too many texts waiting"),
    21612: ("refused", "no way from this sender to this number"),
    21614: ("not_textable", "the number is no mobile phone"),
    21617: ("refused", "the text is longer than 1,600 letters"),
    30003: ("later", "the phone was off or out of reach"),
    30004: ("refused", "the recipient or carrier blocks texts"),
    30005: ("refused", "the carrier does not know the number"),
    30006: ("not_textable", "a landline, or a carrier without texts"),
    30007: ("filtered", "the carrier filtered the text as unwanted; look at its words and the registration"),
    30008: ("later", "the carrier gave no reason"),
    30032: ("stop_all", "the toll-free number is not verified; verify it in Twilio's console"),
    30034: ("stop_all", "the number is not registered for business texts (A2P 10DLC); register it in Twilio's console"),
}  # fmt: skip
"""Twilio's codes that call for something, with what they mean. Those from 30000 on come with a text's status."""


class TextError(Exception):
    """A text was not sent, or nobody knows. The message says why and what to do, without the number.

    meaning: what it calls for. code: Twilio's. retry_after: seconds Twilio asks to wait.
    """

    def __init__(
        self, message: str, meaning: Meaning, *, code: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.meaning = meaning
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True)
class TextStatus:
    """What Twilio says of a text. status: queued, sending, sent, delivered, undelivered, failed; received of an inbound
    one. price: dollars. sender: the number it came from; of a messaging service's text empty until it is sent.
    """

    sid: str
    status: str
    code: int | None
    segments: int | None
    price: Decimal | None
    to: str
    body: str
    created_at: datetime | None
    sender: str = ""
    direction: str = "outbound-api"

    @property
    def is_inbound(self) -> bool:
        """Whether somebody wrote it to the store."""
        return self.direction == _INBOUND


class Twilio:
    """One account. A context manager. Errors of every call: TextError."""

    def __init__(self, settings: TextsSettings, *, url: str, account: str, token: str, sender: str) -> None:
        self._settings = settings
        self._sender = sender
        self._account = account
        self._http = HttpClient(url, timeout_seconds=settings.timeout_seconds, retry=Retry(attempts=1))
        self._asking = _OurHttp(self._http)
        self._client = Client(account, token, http_client=self._asking)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._http.__exit__(None, None, None)

    def send(self, to: str, body: str, media: Sequence[str] = (), *, valid_seconds: int | None = None) -> TextStatus:
        """Hand over one text. to: E.164. valid_seconds: from 1; having waited longer, it is dropped there."""
        options: dict[str, Any] = {"media_url": list(media)} if media else {}
        if self._settings.webhook_url:
            options["status_callback"] = f"{self._settings.webhook_url}/status"
        if valid_seconds is not None:
            options["validity_period"] = min(valid_seconds, _LONGEST_VALIDITY)
        sender = "messaging_service_sid" if self._sender.startswith("MG") else "from_"
        with _told():
            return _status(self._client.messages.create(to=to, body=body, **{sender: self._sender}, **options))

    def status(self, sid: str) -> TextStatus:
        """What became of a text."""
        with _told(writes=False):
            return _status(self._client.messages(sid).fetch())

    def find(self, to: str, body: str, since: datetime, *, now: datetime | None = None) -> TextStatus | None:
        """The text with these words that this number was sent since a moment; None when Twilio has none.

        Looked for an hour earlier: the moment is of another clock than Twilio's. now: what that other clock says; None:
        this machine's. Errors: TextError, also when the two are further apart than that, so that nothing follows from
        finding nothing.
        """
        earliest = since.astimezone(UTC) - _CLOCKS_DIFFER
        with _told(writes=False):
            text = self._newest_with(to, body, earliest)
        here, there = now or datetime.now(UTC), self._asking.answered_at
        if there is not None and abs(there - here) > _CLOCKS_DIFFER:
            raise TextError(
                f"the platform's clock says {here.astimezone(UTC):%Y-%m-%d %H:%M} and Twilio's {there:%Y-%m-%d %H:%M} "
                "(UTC), so the text cannot be looked for; set the clock of the machine",
                "later",
            )
        return text

    def _newest_with(self, to: str, body: str, earliest: datetime) -> TextStatus | None:
        for found in self._client.messages.stream(to=to, page_size=_PAGE):
            text = _status(found)
            if text.created_at is not None and text.created_at < earliest:
                return None  # they come newest first
            if text.body == body:
                return text
        return None

    def newest(self, since: datetime) -> Iterator[TextStatus]:
        """Every text of the account since a moment, also what people wrote, newest first; pages are read as needed."""
        with _told(writes=False):
            for found in self._client.messages.stream(date_sent_after=since.astimezone(UTC), page_size=_PAGE):
                yield _status(found)

    def check(self) -> None:
        """Ask for one text of the account: whether address, account and token are right. Errors: TextError."""
        with _told(writes=False):
            self._client.messages.list(limit=1, page_size=1)


@contextmanager
def twilio(settings: Settings, *, sandbox_url: str | None = None) -> Iterator[Twilio]:
    """The store's account, or the sandbox's. Errors: TextError when no sandbox runs."""
    texts = settings.retail.texts
    if texts.mode == "live":
        token = texts.auth_token.get_secret_value() if texts.auth_token else ""
        sender = texts.messaging_service_sid or texts.from_number
        opened = Twilio(texts, url=texts.url, account=texts.account_sid, token=token, sender=sender)
    else:
        running = sandbox_of(settings.home)
        base = sandbox_url or (running.url if running else None)
        if base is None:
            raise TextError("retail.texts.mode is sandbox and no sandbox runs; start one: ops sandbox", "stop_all")
        sender = texts.from_number or _SANDBOX_SENDER
        opened = Twilio(texts, url=f"{base}/{TWILIO_PATH}", account=TWILIO_ACCOUNT, token=TWILIO_TOKEN, sender=sender)
    with opened:
        yield opened


class _OurHttp(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """The library's requests over the platform's client, to the address of the settings."""

    def __init__(self, http: HttpClient) -> None:
        super().__init__(_log, is_async=False)
        self._http = http
        self.answered_at: datetime | None = None
        """What Twilio's own clock said in its last answer."""

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> TwilioResponse:
        """One request; refusals come back as responses, which the library reads."""
        parts = urlsplit(url)
        asked = dict(params or {})
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        content = urlencode(dict(data), doseq=True).encode() if data else None
        form = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
        sent = {**(headers or {}), **form, **_basic(auth)}
        try:
            answer = self._http.request(method, path, params=asked or None, content=content, headers=sent)
        except HttpError as error:
            if error.kind != "status" or error.status is None or error.status == _BUSY:
                raise  # of an answer to a busy time, how long to wait is a header, which the library drops
            return TwilioResponse(error.status, error.body.decode("utf-8", "replace"), dict(error.headers))
        self.answered_at = _moment(answer.headers.get("date", ""))
        return TwilioResponse(answer.status, answer.body.decode("utf-8", "replace"), dict(answer.headers))


def _moment(header: str) -> datetime | None:
    """The moment of a Date header (RFC 9110, 6.6.1); None when there is none or it cannot be read."""
    try:
        at = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _basic(auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()}


@contextmanager
def _told(*, writes: bool = True) -> Iterator[None]:
    """Errors as TextError. writes: the call may have had its effect when its answer did not come."""
    try:
        yield
    except TwilioRestException as error:
        raise _explained(error, writes=writes) from None
    except HttpError as error:
        if error.status == _BUSY:
            raise TextError(f"Twilio {_SLOWER}: {MEANINGS[_SLOWER][1]}", "later", code=_SLOWER,
                            retry_after=error.retry_after) from None  # fmt: skip
        meaning: Meaning = "ambiguous" if writes and error.maybe_done else "later"
        raise TextError(f"Twilio: {error}", meaning, retry_after=error.retry_after) from None
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        # An answer that the library cannot read: a page of a proxy, half a body. The text may be on its way.
        raise TextError(
            f"Twilio's answer could not be read ({type(error).__name__})", "ambiguous" if writes else "later"
        ) from None


def _explained(error: TwilioRestException, *, writes: bool) -> TextError:
    code = error.code if isinstance(error.code, int) and error.code else None
    words = masked(" ".join(str(error.msg or "").split()))[:200]
    if code is not None and code in MEANINGS:
        meaning, means = MEANINGS[code]
        return TextError(f"Twilio {code}: {means}", meaning, code=code)
    if error.status >= 500:
        meaning = "ambiguous" if writes else "later"
        return TextError(f"Twilio answered {error.status}: {words}", meaning, code=code)
    if error.status == 401:
        meaning, means = MEANINGS[20003]
        return TextError(f"Twilio answered 401: {means}", meaning, code=code)
    if error.status in (403, 404):
        return TextError(f"Twilio answered {error.status}: {words}; look at retail.texts", "stop_all", code=code)
    return TextError(f"Twilio {code or error.status}: {words}", "refused", code=code)


def _status(message: Any) -> TextStatus:
    return TextStatus(
        sid=str(message.sid),
        status=str(getattr(message.status, "value", message.status)),
        code=int(message.error_code) if message.error_code else None,
        segments=int(message.num_segments) if message.num_segments else None,
        price=_price(message.price),
        to=str(message.to),
        body=str(message.body),
        created_at=message.date_created,
        sender=str(message.from_ or ""),
        direction=str(getattr(message.direction, "value", message.direction)),
    )


def _price(text: Any) -> Decimal | None:
    """Twilio counts what it charges as negative."""
    try:
        return abs(Decimal(str(text))) if text is not None else None
    except InvalidOperation:
        return None
