"""What a scrape file says about a day: which day it is, and whether a dealership's count can be believed.

Pure. A dealership's absence from a file says nothing (21 of 29 real files hold eight locations or fewer), so only
dealerships that stand in a file can lose cars; and one whose count fell by half is held back, because a broken
scraper looks exactly like a sold-out lot.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import pandas as pd

_DATE = re.compile(r"(?<!\d)(20\d\d)[-_/]?(0[1-9]|1[0-2])[-_/]?(0[1-9]|[12]\d|3[01])(?!\d)")


class ScanDateError(ValueError):
    """The file names a day that cannot be a day of scraping."""


def scan_date_of(file_name: str, metadata: str | None, scraped_at: str | None, *, as_of: date) -> date:
    """Return the day a file was scraped.

    The first that holds a date wins: the file name (`complete_data_2025-03-13.csv`), the metadata line before the
    header, the newest `scraped_at` of the rows; else `as_of`, the day of the import.
    Errors: ScanDateError when that day lies after `as_of` + 1 (a day of slack for time zones): it would make every
    later file "older" and stop the inventory from moving.
    """
    for source, text in (
        ("file name", file_name),
        ("line before the header", metadata),
        ("scraped_at", scraped_at),
    ):
        found = date_in(text or "")
        if found is None:
            continue
        if found > as_of + timedelta(days=1):
            raise ScanDateError(
                f"{file_name}: the {source} says {found}, which lies in the future (today is {as_of}). "
                "Correct the date in the name, or give the day with --scan-date YYYY-MM-DD."
            )
        return found
    return as_of


def date_in(text: str) -> date | None:
    """Return the first calendar day written in a text (2025-03-13, 20250313, 2025/03/13), or None."""
    for match in _DATE.finditer(text):
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:  # 2025-02-31: not a date, perhaps a stock number
            continue
    return None


def judge_scans(counts: pd.DataFrame, previous: pd.DataFrame, *, drop_ratio: float) -> pd.DataFrame:
    """Return one row a dealership of the file: dealership_name, cars, previous_cars (Int64), status.

    counts: dealership_name, cars (distinct cars of the file). previous: dealership_name, cars of the newest accepted
    scan. status is `held` when cars < previous * drop_ratio, else `accepted`; a first scan is accepted.
    """
    merged = counts.merge(previous.rename(columns={"cars": "previous_cars"}), on="dealership_name", how="left")
    before = merged["previous_cars"].astype("Int64")
    held = (merged["cars"].astype("float64") < before.astype("float64") * drop_ratio).fillna(value=False)
    return merged.assign(previous_cars=before, status=held.map({True: "held", False: "accepted"}))


def sightings(vehicles: pd.DataFrame, known: pd.DataFrame, *, scan_date: date) -> pd.DataFrame:
    """Compare a file's cars with what was known before it.

    vehicles: vin, location, price. known: vin, location, first_seen_date, last_seen_date, gone_date, price.
    Returns the vehicles (same order and index) with first_seen_date (the earlier of the two), is_new, is_relisted
    (was gone before this scan) and price_changed (both prices known and different, and the file is not older).
    """
    merged = vehicles[["vin", "location", "price"]].merge(
        known, on=["vin", "location"], how="left", suffixes=("", "_before")
    )
    merged.index = vehicles.index
    is_new = merged["last_seen_date"].isna()
    newer = merged["last_seen_date"].map(lambda day: not isinstance(day, date) or day <= scan_date)
    before = pd.to_numeric(merged["price_before"], errors="coerce")
    first_seen = [scan_date if not isinstance(day, date) else min(day, scan_date) for day in merged["first_seen_date"]]
    return pd.DataFrame(
        {
            "first_seen_date": pd.Series(first_seen, index=vehicles.index, dtype=object),
            "is_new": is_new,
            "is_relisted": merged["gone_date"].notna() & newer,
            "price_changed": before.notna() & merged["price"].notna() & (before != merged["price"]) & newer,
        }
    )
