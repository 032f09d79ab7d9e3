"""The demo's customers: people and firms that nobody is, as rows of AR_CUST, with the dirt of a till.

Belongs here: how a customer is made from the seed and a place in the list, and what is wrong with some. Not here: who
comes on a day (demo_days). Phones are 555-01xx, which is never given to anybody; addresses end in example.com, .net or
.org. A customer is the same in every demo; only the days of sales follow the tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from ops_platform.retail.demo_days import People
from ops_platform.retail.demo_item_tables import EPOCH, frame

_CUSTOMERS: Final = 21
_FIRST: Final = (
    "Ada", "Bram", "Cora", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Leif", "Mina", "Nico",
    "Odile", "Pavel", "Quinn", "Rosa", "Soren", "Tilda", "Umar", "Vera", "Wim", "Xenia", "Yara", "Zeno", "Maximiliana",
)  # fmt: skip
_LAST: Final = (
    "Abernale", "Birkwood", "Castelow", "Dunmarsh", "Eastfold", "Fernley", "Greywick", "Holloway-Pym", "Inglefield",
    "Jessamy", "Kestrel", "Lowmoor", "Mistlethorp", "Netherby", "O'Dell", "Penhallow", "Quarrie", "Rushbrook",
    "Stonecrop", "Thistlewood", "Umberley", "Vanderloam", "Wychwood", "de la Rue", "McArden", "Yarrowby",
)  # fmt: skip
_OF_SALES: Final = ("FST_SAL_DAT", "LST_SAL_DAT", "LST_SAL_AMT", "LST_MAINT_DT")
_FIRMS: Final = ("Landscapes", "Lawn & Garden", "Grounds Care", "Nurseries", "Garden Design")
_TOWNS: Final = (("Fernhollow", "28799"), ("Mossy Gap", "28798"), ("Alder Creek", "28797"), ("Low Harbor", "28796"))
_STREETS: Final = ("Orchard Lane", "Mill Road", "Quarry Street", "Ferry Hill", "Larkspur Drive")
_AREAS: Final = (
    828, 704, 336, 910, 919, 252, 864, 803, 423, 865, 276, 540, 434, 404, 706, 770, 843, 854, 980, 984, 743, 629, 615,
    731, 901, 931, 757, 804, 571, 703, 304, 681, 606, 859, 502, 270, 205, 256, 334, 251, 305, 321, 352, 386, 407, 561,
    727, 772, 813, 850, 863, 904, 941, 954,
)  # fmt: skip

# Of how many customers one has it, and the first that does; a customer has at most one.
_ROTA: Final[dict[str, tuple[int, int]]] = {
    "placeholder_name": (401, 7),
    "upper_case_name": (61, 11),
    "no_first_name": (307, 13),
    "long_name": (97, 17),
    "phone_in_brackets": (53, 19),
    "phone_without_area": (173, 23),
    "landline": (71, 29),
    "household_phone": (83, 31),
    "email_upper_case": (79, 37),
    "email_invalid": (211, 41),
    "email_shared": (127, 43),
    "birth_month_13": (353, 47),
    "negative_points": (263, 53),
    "unbalanced_points": (617, 59),
    "wholesale_in_loyalty": (0, 0),  # every eighth wholesale customer
}


class Sales(NamedTuple):
    """When customers bought, by their place: first and last sale in the history, and the last one's cents."""

    first: dict[int, date]
    last: dict[int, tuple[date, int]]


def customer_numbers(people: People, count: int) -> np.ndarray:
    """The numbers of the first `count` customers: plain for those known before, OL-10000 on for who joined."""
    known = [str(1001 + place) for place in range(min(people.known, count))]
    return np.array(known + [f"OL-{10_000 + place}" for place in range(count - len(known))], dtype=object)


def demo_customers(people: People, until: date, sales: Sales, *, seed: int) -> tuple[pd.DataFrame, Counter[str]]:
    """AR_CUST on a day, and how many rows have which dirt. The walk-in customer CASH is the first row."""
    count = people.known + people.before(until)
    joined = np.repeat(np.arange(len(people.joined) - 1), np.diff(people.joined))
    numbers = customer_numbers(people, count)
    planted: Counter[str] = Counter()
    rows = [_walk_in()]
    for place in range(count):
        rng = np.random.default_rng([seed, _CUSTOMERS, place])
        is_trade = place < people.trade
        row = _firm(place, rng) if is_trade else _person(place, rng)
        row["CUST_NO"] = numbers[place]
        if place < people.known:
            first = EPOCH - timedelta(days=1 + int(rng.integers(2000)))
            last = first + timedelta(days=int(rng.integers((EPOCH - first).days)))
        else:
            first = last = people.first + timedelta(days=int(joined[place - people.known]))
        _set_sales(row, first, last, sales, place)
        dirt = _dirt_of(place, is_trade=is_trade)
        if dirt:
            _DIRT[dirt](row)
            planted[dirt] += 1
        row["NAM"] = " ".join(part for part in (row["FST_NAM"], row["LST_NAM"]) if part)[:40]
        row["NAM_UPR"] = row["NAM"].upper()
        rows.append(row)
    return frame(rows), planted


def _walk_in() -> dict[str, Any]:
    nothing = dict.fromkeys([*_person(0, np.random.default_rng(0)), *_OF_SALES])
    points = {name: Decimal(0) for name in nothing if "PTS" in name and "LST" not in name}
    names = {"CUST_NO": "CASH", "FST_NAM": "Cash", "LST_NAM": "Customer", "NAM": "Cash Customer"}
    return {
        **nothing, **points, **names, "NAM_UPR": "CASH CUSTOMER", "CUST_NAM_TYP": "B", "CATEG_COD": "RETAIL",
        "STR_ID": "1", "INCLUDE_IN_MARKETING_MAILOUTS": "N",
    }  # fmt: skip


def _person(place: int, rng: np.random.Generator) -> dict[str, Any]:
    first, last = _FIRST[int(rng.integers(len(_FIRST)))], _LAST[int(rng.integers(len(_LAST)))]
    town, zip_code = _TOWNS[int(rng.integers(len(_TOWNS)))]
    in_loyalty = rng.random() < 0.8
    earned, used = (int(rng.integers(0, 400)), int(rng.integers(0, 100))) if in_loyalty else (0, 0)
    used = min(earned, used)
    month, spouse = (int(rng.integers(1, 13)) for _ in range(2))
    has_month, has_spouse, has_email = rng.random(3) < (0.45, 0.1, 0.75)
    return {
        "CUST_NO": None,
        "NAM": None,
        "NAM_UPR": None,
        "FST_NAM": first,
        "LST_NAM": last,
        "CUST_NAM_TYP": "P",
        "CONTCT_1": None if rng.random() < 0.15 else f"{first} {last}"[:40],
        "ADRS_1": f"{100 + int(rng.integers(900))} {_STREETS[int(rng.integers(len(_STREETS)))]}",
        "CITY": town,
        "STATE": "NC",
        "ZIP_COD": zip_code,
        "PHONE_1": None if rng.random() < 0.08 else _phone(place),
        "MBL_PHONE_1": None,
        "EMAIL_ADRS_1": _email(first, last, place) if has_email else None,
        "CATEG_COD": "RETAIL",
        "STR_ID": "1",
        "PROF_COD_1": None,
        "PROF_COD_2": (f"{month:02d}" if place % 3 else str(month)) if has_month else None,
        "PROF_COD_3": str(spouse) if has_spouse else None,
        "INCLUDE_IN_MARKETING_MAILOUTS": "N" if rng.random() < 0.12 else "Y",
        "LOY_PGM_COD": "BASIC" if in_loyalty else None,
        "LOY_PTS_BAL": Decimal(earned - used),
        "TOT_LOY_PTS_EARND": Decimal(earned),
        "TOT_LOY_PTS_RDM": Decimal(used),
        "TOT_LOY_PTS_ADJ": Decimal(0),
        "LOY_CARD_NO": f"WM{place:06d}" if in_loyalty else None,
        "SMS_1_IS_SUB": "Y" if rng.random() < 0.6 else "N",
        "LST_MAINT_USR_ID": "SETUP",
    }


def _firm(place: int, rng: np.random.Generator) -> dict[str, Any]:
    row = _person(place, rng)
    points = {name: Decimal(0) for name in ("LOY_PTS_BAL", "TOT_LOY_PTS_EARND", "TOT_LOY_PTS_RDM")}
    name = f"{row['LST_NAM']} {_FIRMS[place % len(_FIRMS)]}"
    return row | points | {
        "FST_NAM": None, "LST_NAM": name[:25], "CUST_NAM_TYP": "B", "CATEG_COD": "WHOLESALE", "LOY_PGM_COD": None,
        "LOY_CARD_NO": None, "PROF_COD_1": "ABCDE"[place % 5], "PROF_COD_2": None, "PROF_COD_3": None,
    }  # fmt: skip


def _phone(place: int) -> str:
    return f"{_AREAS[place // 100 % len(_AREAS)]}-555-01{place % 100:02d}"


def _email(first: str, last: str, place: int) -> str:
    domain = ("example.com", "example.org", "example.net")[place % 3]
    return f"{first}.{last.replace(' ', '').replace(chr(39), '')}{place}@{domain}".lower()


def _set_sales(row: dict[str, Any], first: date, last: date, sales: Sales, place: int) -> None:
    """Days of the first and the last sale, as far back as anybody knows, and when the row was last changed."""
    amount = 1000 + place % 9000
    if place in sales.last:
        last, amount = sales.last[place]
    days = _midnight(min(first, sales.first.get(place, first))), _midnight(last)
    row.update(zip(_OF_SALES, (*days, Decimal(amount).scaleb(-2), days[1]), strict=True))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the point of sale's days carry no zone


def _dirt_of(place: int, *, is_trade: bool) -> str | None:
    if is_trade:
        return "wholesale_in_loyalty" if place % 8 == 3 else None
    return next((name for name, (period, rest) in _ROTA.items() if period and place % period == rest), None)


def _points(row: dict[str, Any], earned: int, used: int, balance: int) -> None:
    row |= {"LOY_PGM_COD": "BASIC", "TOT_LOY_PTS_EARND": Decimal(earned), "TOT_LOY_PTS_RDM": Decimal(used)}
    row["LOY_PTS_BAL"] = Decimal(balance)


_DIRT: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "placeholder_name": lambda row: row.update(FST_NAM="Change", LST_NAM="Name", CONTCT_1=None),
    "upper_case_name": lambda row: row.update(FST_NAM=row["FST_NAM"].upper(), LST_NAM="O'HARROW", CONTCT_1=None),
    "no_first_name": lambda row: row.update(FST_NAM=None, CONTCT_1=None),
    # The point of sale's columns end after 15 and 25 characters.
    "long_name": lambda row: row.update(FST_NAM="Maximiliana-Ros", LST_NAM="von Thistlewood-Abernalex"),
    "phone_in_brackets": lambda row: row.update(PHONE_1="(828) 555-0142"),
    "phone_without_area": lambda row: row.update(PHONE_1="555-0142"),
    "landline": lambda row: row.update(PHONE_1=None, MBL_PHONE_1="828-555-0143"),
    "household_phone": lambda row: row.update(PHONE_1="828-555-0144"),
    "email_upper_case": lambda row: row.update(EMAIL_ADRS_1="Vera.Wychwood@EXAMPLE.COM "),
    "email_invalid": lambda row: row.update(EMAIL_ADRS_1="vera.wychwood at example"),
    "email_shared": lambda row: row.update(EMAIL_ADRS_1="family@example.com"),
    "birth_month_13": lambda row: row.update(PROF_COD_2="13"),
    "negative_points": lambda row: _points(row, 10, 25, -15),
    "unbalanced_points": lambda row: _points(row, 90, 10, 70),
    "wholesale_in_loyalty": lambda row: _points(row, 120, 0, 120),
}  # fmt: skip
