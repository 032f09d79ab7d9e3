"""What Twilio's stand-in says by itself: how a text fares, and what phones write. Signed, and to this machine only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from twilio.request_validator import RequestValidator

from ops_platform.sandbox.faults import Faults
from ops_platform.sandbox.request_log import RequestLog
from ops_platform.sandbox.twilio_texts import Text, TwilioSandbox
from ops_platform.settings_types import is_loopback

_TICK_SECONDS: Final = 0.05
_TIMEOUT_SECONDS: Final = 5.0
_LAST: Final = frozenset({"delivered", "undelivered"})


class Callbacks:
    """Posts to the platform's webhooks. read: the number of the newest text it knows; open: texts of which not all was
    told yet, with what was; the many that ended are not looked at again."""

    def __init__(self, state: TwilioSandbox) -> None:
        self._state = state
        self._read = 0
        self._open: dict[str, str] = {}

    @contextmanager
    def running(self, _log: RequestLog, _faults: Faults) -> Iterator[None]:
        """Tell each new status while the block runs."""
        stop = threading.Event()

        def tell() -> None:
            while not stop.wait(_TICK_SECONDS):
                self.tell_statuses()

        thread = threading.Thread(target=tell, name="sandbox texts", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def tell_statuses(self) -> None:
        """Post the status of each text that has a callback and a news. A receiver that fails is not asked again."""
        for new in self._state.texts(after=self._read):
            self._read = new.number
            if new.callback:
                self._open[new.sid] = ""
        for sid, said in list(self._open.items()):
            text = self._state.text(sid)
            if text is None:  # it was forgotten
                del self._open[sid]
            elif (status := self._state.status(text)) != said:
                self._open[sid] = status
                self.post(text.callback or "", _fields(text, status, self._state.account))
                if status in _LAST:
                    del self._open[sid]

    def tell_inbound(self, number: str, to: str, body: str, url: str | None, *, sid: str = "") -> int | None:
        """Post what a phone wrote to url; return the receiver's status, None when there was no answer."""
        sid = sid or f"SM{uuid4().hex}"
        fields = {"MessageSid": sid, "AccountSid": self._state.account, "From": number, "To": to}
        return self.post(url, {**fields, "Body": body, "NumMedia": "0", "NumSegments": "1"}) if url else None

    def post(self, url: str, fields: dict[str, str]) -> int | None:
        """Post a form with Twilio's signature. Another machine is never called."""
        if not is_loopback(urlsplit(url).hostname or ""):
            return None
        signature = RequestValidator(self._state.token).compute_signature(url, fields)
        try:
            answer = httpx.post(
                url,
                data=fields,
                headers={"X-Twilio-Signature": signature},
                timeout=_TIMEOUT_SECONDS,
                trust_env=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        return answer.status_code


def _fields(text: Text, status: str, account: str) -> dict[str, str]:
    fields = {"MessageSid": text.sid, "SmsSid": text.sid, "AccountSid": account, "To": text.to, "From": text.sender}
    fields |= {"MessageStatus": status, "SmsStatus": status, "ApiVersion": "2010-04-01"}
    if status == "undelivered" and text.late_code:
        fields["ErrorCode"] = str(text.late_code)
    return fields
