"""Leads: what people ask the landscape design service for, as the shop's web form writes it into a CSV.

What belongs here: the columns of that contract, reading a row, writing one, and what makes two rows the same lead. What
does not: reading the file (flows/retail/gather_requests.py), what is done with a lead (automations).
"""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops_platform.core.effect_keys import digest
from ops_platform.retail.people import email_key, phone_digits
from ops_platform.retail.shared_rows import REJECT_COLUMNS, Reject, Row, SharedRows, read_rows, reject
from ops_platform.retail.snapshots import LEADS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = (
    "date", "first_name", "last_name", "email", "phone", "interested_in", "timeline", "street", "city", "state",
    "zip_code", "comments",
)  # fmt: skip
"""The header of design_request_leads.csv."""

_REQUIRED: Final = ("date", "email", "phone")
_PLAIN: Final = ("first_name", "last_name", "timeline", "street", "city", "state", "zip_code", "comments")
_DATES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")
_LONGEST_LIST: Final = 2_000


@dataclass(frozen=True)
class Lead:
    """One request. received_at: aware, in whole seconds; everything else as snapshots.LEADS says."""

    received_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    interested_in: tuple[str, ...] = ()
    timeline: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    comments: str | None = None
    source: str = "csv"

    @property
    def lead_id(self) -> str:
        """The same for a lead wherever it was read: a digest of its moment, email and phone."""
        moment = self.received_at.strftime("%Y-%m-%d %H:%M:%S")
        phone = self.phone or ""
        return digest(moment, email_key(self.email) or "", phone_digits(phone) or phone)


def read_leads(data: bytes, *, file: str, zone: ZoneInfo, settled: bool = False) -> tuple[list[Lead], list[Reject]]:
    """The leads of the CSV, and the rows that are none. zone: of the moments in it. Raises SharedFileError."""
    read = read_rows(data, COLUMNS, file=file, required=_REQUIRED, settled=settled)
    return _leads(read, file, zone)


def _leads(read: SharedRows, file: str, zone: ZoneInfo) -> tuple[list[Lead], list[Reject]]:
    leads, rejects = [], list(read.rejects)
    for row in read.rows:
        received = moment(row.values["date"], zone)
        if received is None:
            rejects.append(bad_date(row, file))
        else:
            leads.append(_lead(row, received))
    return leads, rejects


def _lead(row: Row, received: datetime) -> Lead:
    plain: dict[str, Any] = {name: row.values.get(name) for name in _PLAIN}
    return Lead(
        received,
        email=email_key(row.values["email"]),
        phone=row.values["phone"],
        interested_in=goals(row.values.get("interested_in")),
        **plain,
    )


def bad_date(row: Row, file: str) -> Reject:
    """A row whose date cannot be read."""
    return reject(row, file, "date", "bad_date", "the date cannot be read. Write it as 2026-05-14 08:30:00")


def moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A moment of a shared file, aware, in the zone, in whole seconds; None when the text is no moment.

    Also as a spreadsheet writes it back (5/14/2026 8:30) and with an offset from UTC, which then counts.
    """
    if text is None or not text.isascii() or len(text) > 40:
        return None
    for form in _DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        found = datetime.fromisoformat(text)
        return (found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def goals(text: str | None) -> tuple[str, ...]:
    """What somebody is interested in: a Python list as text, a JSON list, or plain words. Nothing is ever evaluated.

    "['Design', 'Patio']" -> ("Design", "Patio"); '["Design"]' -> ("Design",); "A new patio" -> ("A new patio",).
    """
    if text is None:
        return ()
    value = _literal(text) if text[:1] in "[(" and len(text) <= _LONGEST_LIST else None
    if not isinstance(value, list | tuple):
        return (text,) if text not in ("None", "[]", "()") else ()
    found = (" ".join(str(each).split()) for each in value if isinstance(each, str | int | float))
    return tuple(dict.fromkeys(each for each in found if each))


def _literal(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # a backslash somebody typed
            return ast.literal_eval(text)  # constants only: a name or a call is an error
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def lead_cells(lead: Lead) -> list[str]:
    """A lead as a row of the CSV, in the order of COLUMNS; interested_in is a Python list as text."""
    values = {**lead.__dict__, "date": lead.received_at.strftime("%Y-%m-%d %H:%M:%S")}
    values["interested_in"] = repr(list(lead.interested_in))
    return [values[name] or "" for name in COLUMNS]


def leads_frame(leads: Iterable[Lead], since: date | None = None) -> pd.DataFrame:
    """Leads with the columns of snapshots.LEADS, by time, each once. since: the first day that counts."""
    import pandas as pd  # noqa: PLC0415  # half a second that listing the automations must not cost

    unique: dict[str, Lead] = {}
    for lead in leads:
        if since is None or lead.received_at.date() >= since:
            unique.setdefault(lead.lead_id, lead)
    ordered = sorted(unique.items(), key=lambda pair: (pair[1].received_at, pair[0]))
    rows = [{"lead_id": number, **lead.__dict__} for number, lead in ordered]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in LEADS})


def rejects_frame(rejects: Sequence[Reject | Mapping[str, Any]]) -> pd.DataFrame:
    """Rejected rows with REJECT_COLUMNS."""
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(list(rejects), columns=REJECT_COLUMNS, dtype=object)
