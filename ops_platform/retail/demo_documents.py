"""The demo's goods received and open documents: orders with deposits, and holds at the till.

Belongs here: PO_RECVR_HIST_LIN and PS_DOC_*, drawn by day. Not here: what was sold (demo_tickets).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from ops_platform.retail.demo_days import days_between
from ops_platform.retail.demo_item_tables import EPOCH, cents, frame
from ops_platform.retail.demo_items import MAIN, DemoItem

_RECEIVED, _OPENED = 31, 32
_LINES_A_DAY_PER_ITEM: Final = 5 / 800
_DOCUMENTS_A_DAY: Final = 1.1
_LONGEST_OPEN: Final = 30
_RECEIVED_COLUMNS: Final = (
    "RECVR_NO", "SEQ_NO", "ITEM_NO", "RECVR_LOC_ID", "RECVR_DAT", "QTY_RECVD", "RECVD_COST", "EXT_COST", "PO_NO",
)  # fmt: skip


def receiving_table(items: Sequence[DemoItem], *, since: date, until: date, seed: int) -> pd.DataFrame:
    """PO_RECVR_HIST_LIN of the open days from `since` to the day before `until`."""
    stocked = [item for item in items if item.tracks_stock and not item.is_parent and item.status == "A"]
    rows: list[dict[str, Any]] = []
    for day in days_between(since, until):
        rng = np.random.default_rng([seed, _RECEIVED, day.toordinal()])
        count = min(int(rng.poisson(_LINES_A_DAY_PER_ITEM * len(items))), len(stocked))
        number = (day - EPOCH).days
        for place, chosen in enumerate(rng.choice(len(stocked), count, replace=False).tolist(), start=1):
            item, pieces = stocked[chosen], 6 * int(rng.integers(1, 9))
            rows.append({
                "RECVR_NO": f"R{number:05d}", "SEQ_NO": place, "ITEM_NO": item.item_no, "RECVR_LOC_ID": MAIN,
                "RECVR_DAT": midnight(day), "QTY_RECVD": Decimal(pieces), "RECVD_COST": cents(item.cost),
                "EXT_COST": cents(item.cost * pieces), "PO_NO": f"PO{number:05d}",
            })  # fmt: skip
    return pd.DataFrame(rows, columns=list(_RECEIVED_COLUMNS), dtype=object)


def document_tables(
    items: Sequence[DemoItem], customers: Sequence[str], *, until: date, seed: int
) -> dict[str, pd.DataFrame]:
    """PS_DOC_HDR, PS_DOC_LIN, PS_DOC_PMT: what was opened in the last weeks and is not finished yet.

    Orders (DOC_TYP O, lines O), every second with a deposit; holds (DOC_TYP H, lines S).
    """
    sellable = [item for item in items if item.popularity > 0]
    heads, lines, deposits = [], [], []
    for day in days_between(until - timedelta(days=_LONGEST_OPEN), until):
        rng = np.random.default_rng([seed, _OPENED, day.toordinal()])
        for place in range(int(rng.poisson(_DOCUMENTS_A_DAY))):
            kind = "O" if rng.random() < 0.7 else "H"
            open_days = int(rng.integers(2, _LONGEST_OPEN if kind == "O" else 6))
            chosen = [sellable[each] for each in rng.integers(0, len(sellable), int(rng.integers(1, 5))).tolist()]
            who, deposit = str(rng.choice(list(customers))), 1000 * int(rng.integers(1, 20))
            if day + timedelta(days=open_days) < until:
                continue
            number = 900_000_000 + (day - EPOCH).days * 100 + place
            at = midnight(day) + timedelta(hours=11)
            heads.append({
                "DOC_ID": number, "DOC_TYP": kind, "TKT_NO": f"{kind}-{number}", "STR_ID": "1", "CUST_NO": who,
                "TKT_DT": at,
            })  # fmt: skip
            lines += [
                {"DOC_ID": number, "LIN_SEQ_NO": seq, "LIN_TYP": "O" if kind == "O" else "S", "ITEM_NO": item.item_no}
                | {"QTY_SOLD": Decimal(1)}
                for seq, item in enumerate(chosen, start=1)
            ]
            if kind == "O" and place % 2 == 0:
                deposits.append({
                    "DOC_ID": number, "PMT_SEQ_NO": 1, "PAY_COD": "VISA", "AMT": cents(deposit),
                    "PAY_DAT": midnight(day), "FINAL_PMT": "N",
                })  # fmt: skip
    return {"PS_DOC_HDR": frame(heads), "PS_DOC_LIN": frame(lines), "PS_DOC_PMT": frame(deposits)}


def midnight(day: date) -> datetime:
    """A day as the point of sale writes it."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # without a zone
