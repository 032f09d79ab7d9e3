"""NCR Counterpoint's REST API, as far as the platform uses it: making a customer. Live or in the sandbox.

What belongs here: the login, one request, and what each of the server's answers means and asks of a person. What does
not: who becomes a customer (retail/), and not making one twice (flows/effects/customers.py): a POST is never repeated
here, because the server would make a second customer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Literal, NamedTuple, Self

from pydantic import SecretStr

from ops_platform.adapters.http import HttpClient, Retry
from ops_platform.adapters.http_answers import HttpError, header_value, masked
from ops_platform.adapters.sandbox_address import (
    COUNTERPOINT_API_PATH,
    COUNTERPOINT_API_USER,
    SANDBOX_KEY,
    sandbox_of,
)
from ops_platform.core import privacy
from ops_platform.settings import Settings
from ops_platform.settings_retail_customers import CounterpointApiSettings

End = Literal["refused", "unavailable", "unclear", "unknown"]
"""refused: this customer will never be made so. unavailable: nothing was done, and it is not about this customer.
unclear: the server is done and says neither yes nor why not. unknown: there was no whole answer; it may be done."""

_SETTING: Final = "retail.counterpoint_api"
_ONCE: Final = Retry(attempts=1)


class _Meaning(NamedTuple):
    end: End
    advice: str


_CODES: Final[Mapping[str, _Meaning]] = {
    "ERROR_MISSING_REQUIRED_DATA": _Meaning(
        "refused",
        "the server wants a field that was not sent: first and last name always, a sales rep on some (set "
        f"{_SETTING}.sales_rep)",
    ),
    "ERROR_RECORD_NOT_FOUND": _Meaning(
        "unavailable",
        f"something the customer refers to does not exist: look at {_SETTING}.workgroup, its template customer, and "
        "store_id",
    ),
    "ERROR_INVALID_APIKEY": _Meaning(
        "unavailable",
        "the key is wrong or has ended (NCR's keys end after about two years): ask NCR for one and set "
        "OPS_RETAIL__COUNTERPOINT_API__API_KEY in .env",
    ),
    "ERROR_INVALID_CONFIGURATION": _Meaning(
        "unavailable",
        f"the server or the workgroup is not set up: look at {_SETTING}.workgroup, and in Counterpoint whether that "
        "workgroup has a template customer and a next customer number",
    ),
    "ERROR_UNKNOWN": _Meaning(
        "unclear",
        "the server does not say why. Usual reasons: the workgroup has no template customer or next number, store_id "
        "is no store, or a sales rep is wanted (sales_rep). The log of the API on its server says more",
    ),
}  # fmt: skip

_NOBODY_THERE: Final = _Meaning(
    "unavailable", f"look whether Counterpoint's API runs, at {_SETTING}.url, and at ca_file if it signed its own"
)
_NO_ANSWER: Final = _Meaning("unknown", "whether the customer was made is looked up")
_LOGIN: Final = _Meaning(
    "unavailable",
    f"login refused: look at {_SETTING}.user (COMPANY.USER) and OPS_RETAIL__COUNTERPOINT_API__PASSWORD in .env",
)
_ELSEWHERE: Final = _Meaning(
    "unavailable", f"that is not how Counterpoint's API answers: look at {_SETTING}.url, or wait"
)
_NOT_TAKEN: Final = _Meaning("refused", "the server does not take this customer, and does not say why")


class CounterpointApiError(Exception):
    """No customer was made, as far as is known; the text says what to do, without secrets and personal data.

    end: what is known (see End). code: the server's ErrorCode, empty when it said none.
    """

    def __init__(self, message: str, *, end: End, code: str = "") -> None:
        super().__init__(message)
        self.end = end
        self.code = code


class CounterpointApi:
    """One company's API. A context manager: the connections are closed at its end. Nothing is asked before a method is.

    Raises CounterpointApiError (unavailable) for settings that cannot be a server's.
    """

    def __init__(
        self,
        settings: CounterpointApiSettings,
        *,
        url: str | None = None,
        user: str | None = None,
        secret: SecretStr | None = None,
        timeout_seconds: float | None = None,
    ) -> None:
        """url, user, secret (password and key): of a sandbox, instead of those of the settings."""
        empty = SecretStr("")
        password, key = secret or settings.password or empty, secret or settings.api_key or empty
        self._secrets = [password.get_secret_value(), key.get_secret_value()]
        self._workgroup = settings.workgroup
        try:
            login = f"{user or settings.user}:{password.get_secret_value()}"
            headers = {
                "Authorization": "Basic " + base64.b64encode(login.encode()).decode("ascii"),
                "APIKey": header_value(key.get_secret_value(), "OPS_RETAIL__COUNTERPOINT_API__API_KEY in .env"),
                "Accept": "application/json",
                "ServerCache": "no-cache",  # else the server answers with what it knew up to a day ago
            }
        except HttpError as error:
            raise CounterpointApiError(str(error), end="unavailable") from None
        try:
            self._http = HttpClient(
                url or settings.url,
                headers=headers,
                ca_file=settings.ca_file,
                timeout_seconds=timeout_seconds or settings.timeout_seconds,
                retry=_ONCE,
            )
        except HttpError as error:
            raise CounterpointApiError(f"{_SETTING}.url or ca_file: {error}", end="unavailable") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._http.__exit__(None, None, None)

    def create_customer(self, fields: Mapping[str, Any]) -> str:
        """Make a customer with these fields of AR_CUST, once; return its number. Raises CounterpointApiError."""
        body = {"Workgroup": self._workgroup, "AR_CUST": dict(fields)}
        answer = self._ask("POST", "/Customer", body=body)
        number = str(answer.get("CUST_NO") or "").strip()
        if not number:
            raise CounterpointApiError(
                "the server says the customer is made, and not its number", end="unclear", code="SUCCESS"
            )
        return number

    def probe(self) -> None:
        """Look whether login and key are taken; nothing is changed. Raises CounterpointApiError."""
        self._ask("GET", "/Customers", params={"Page": 1, "Rows": 1})

    def _ask(
        self, method: str, path: str, *, params: Mapping[str, str | int] | None = None, body: Any = None
    ) -> Mapping[str, Any]:
        """The object of a successful answer: the code counts, whatever the status is."""
        try:
            answer = self._http.request(method, path, params=params, json=body, repeatable=False)
            value = _object(answer.body)
            if not value:
                answer.json()  # tells what it is instead
                raise HttpError(f"{answer.where} answered no object", kind="content", maybe_done=True)
        except HttpError as error:
            raise self._told(error) from None
        if value.get("ErrorCode") != "SUCCESS":
            raise self._refused(answer.where, value)
        return value

    def _told(self, error: HttpError) -> CounterpointApiError:
        """What a request without a success means."""
        said = _object(error.body)
        if said.get("ErrorCode") and error.status != 401:
            return self._refused(str(error), said)
        if error.status == 401 and said.get("ErrorCode") == "ERROR_INVALID_APIKEY":
            return self._refused(str(error), said)
        meaning = _meaning_of(error)
        return CounterpointApiError(f"{error}: {meaning.advice}", end=meaning.end)

    def _refused(self, where: str, said: Mapping[str, Any]) -> CounterpointApiError:
        code = str(said.get("ErrorCode") or "")
        words = privacy.masked(masked(str(said.get("Message") or ""), self._secrets))
        meaning = _CODES.get(code, _CODES["ERROR_UNKNOWN"])
        shown = f"{where} answered {code or 'no ErrorCode'}" + (f" ({words})" if words else "")
        return CounterpointApiError(f"{shown}: {meaning.advice}", end=meaning.end, code=code)


def counterpoint_api(settings: Settings, *, sandbox_url: str | None = None) -> CounterpointApi:
    """The API that `retail.counterpoint_api.mode` names. sandbox_url: a sandbox; else the one that runs in this home.

    Nothing is asked yet. Raises CounterpointApiError (unavailable) when no sandbox runs.
    """
    api = settings.retail.counterpoint_api
    if api.mode == "live":
        return CounterpointApi(api)
    running = None if sandbox_url else sandbox_of(settings.home)
    url = sandbox_url or (running.url if running else None)
    if url is None:
        raise CounterpointApiError(
            f"{_SETTING}.mode is sandbox, and no sandbox is running: `ops demo` or `ops sandbox` starts it. Your own "
            "server is asked when mode is live (ops.yaml)",
            end="unavailable",
        )
    return CounterpointApi(
        api.model_copy(update={"ca_file": None}),
        url=f"{url.rstrip('/')}/{COUNTERPOINT_API_PATH}",
        user=COUNTERPOINT_API_USER,
        secret=SecretStr(SANDBOX_KEY),
    )


def _meaning_of(error: HttpError) -> _Meaning:
    """Of an answer without an ErrorCode, or of none."""
    status = error.status or 0
    if error.kind in {"address", "unreachable"}:
        return _NOBODY_THERE
    if error.kind != "status" or status >= 500:
        return _NO_ANSWER
    if status == 401:
        return _LOGIN
    return _ELSEWHERE if status in {403, 404, 405, 429} else _NOT_TAKEN


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, whatever type the server calls it; empty when it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
