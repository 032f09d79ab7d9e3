"""Stock requests: who wants to hear when an item is back, as the shop's web form writes it into a CSV.

What belongs here: the columns of that contract, reading and writing a row, and which rows are one request. What does
not: reading the file (flows/retail/gather_requests.py), whether the item is back (automations/notify_back_in_stock.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ops_platform.core import effect_keys
from ops_platform.retail.bindings import typed
from ops_platform.retail.coupon_codes import TRIES, coupon_code
from ops_platform.retail.leads import bad_date, moment
from ops_platform.retail.people import email_key, valid_email
from ops_platform.retail.shared_rows import Reject, present, read_rows, reject
from ops_platform.retail.snapshots import STOCK_REQUESTS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = ("date", "email", "item_no")
"""The header of stock_notification_log.csv."""


@dataclass(frozen=True)
class StockRequest:
    """A row. requested_at: aware, in whole seconds; email: as it may be written to; item_no: as it was typed."""

    requested_at: datetime
    email: str
    item_no: str
    source: str = "csv"

    @property
    def who_and_what(self) -> tuple[str, str]:
        """What rows of one request share: a person is told once of an item, however often it was asked for."""
        return email_key(self.email) or "", typed(self.item_no)


def read_requests(
    data: bytes, *, file: str, zone: ZoneInfo, settled: bool = False
) -> tuple[list[StockRequest], list[Reject]]:
    """The requests of the CSV, and the rows that are none. Raises SharedFileError."""
    read = read_rows(data, COLUMNS, file=file, required=COLUMNS, settled=settled)
    found, rejects = [], list(read.rejects)
    for row in read.rows:
        requested = moment(row.values["date"], zone)
        email = valid_email(row.values["email"])
        item_no = row.values["item_no"]
        if requested is None:
            rejects.append(bad_date(row, file))
        elif email is None:
            text = "nobody can be written to at this address. Correct it, or remove the line"
            rejects.append(reject(row, file, "email", "bad_email", text))
        elif item_no is None:
            text = "it names no item. Add its number, or remove the line"
            rejects.append(reject(row, file, "item_no", "no_item", text))
        else:
            found.append(StockRequest(requested, email, item_no))
    return found, rejects


def request_cells(request: StockRequest) -> list[str]:
    """A request as a row of the CSV, in the order of COLUMNS."""
    return [request.requested_at.strftime("%Y-%m-%d %H:%M:%S"), request.email, request.item_no]


def is_row_of(cells: Mapping[str, str], email: str, item_no: str, until: datetime, zone: ZoneInfo) -> bool:
    """Whether a line of the CSV belongs to a request that was served at `until`: a later one is a new request."""
    date, address, item = (present(cells.get(name, "")) for name in COLUMNS)
    requested = moment(date, zone)
    same = email_key(address) == email_key(email) and typed(item or "") == typed(item_no)
    return same and requested is not None and requested <= until


def requests_frame(requests: Iterable[StockRequest], secret: bytes) -> pd.DataFrame:
    """Requests with the columns of snapshots.STOCK_REQUESTS, the oldest first; rows of one request are one.

    secret: of this installation, from which the coupons' codes come.
    """
    import pandas as pd  # noqa: PLC0415  # half a second that listing the automations must not cost

    rows_of: dict[tuple[str, str], list[StockRequest]] = defaultdict(list)
    for request in requests:
        rows_of[request.who_and_what].append(request)
    rows = [_row(key, some, secret) for key, some in rows_of.items()]
    rows.sort(key=lambda row: (row[1], row[0]))
    return pd.DataFrame(rows, columns=list(STOCK_REQUESTS), dtype=object)


def _row(key: tuple[str, str], rows: Sequence[StockRequest], secret: bytes) -> list[object]:
    first = min(rows, key=lambda row: row.requested_at)
    request_key = effect_keys.stock_request(*key, first.requested_at)
    keys = (effect_keys.stock_coupon(request_key, attempt) for attempt in range(1, TRIES + 1))
    codes = tuple(coupon_code(secret, each) for each in keys)
    return [request_key, first.requested_at, key[0], key[1], len(rows), codes, first.source]
