"""How tests read demo scrapes: the plain standard reader, and a second opinion on VINs and rejects.

Belongs here: what several tests of the demo data share. Not here: tests, the generator's own tables.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from functools import cache
from importlib.resources import files

from ops_platform.vehicles.dealerships import SHIPPED_FILE, SHIPPED_PACKAGE, load_aliases, load_dealerships
from ops_platform.vehicles.demo_data import DemoScrape, demo_dealerships, generate_scrapes

FIRST_DAY = date(2026, 11, 16)
IGNORED = "Tom Stehouwer Auto Sales"
UNKNOWN = "Harborlight Motor Exchange"
TYPED_IN_VIN = "12345678910121314"
SHIPPED = files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE).read_text(encoding="utf-8")
NAMES = [one.name for one in load_dealerships(SHIPPED)]
DEALERSHIPS = demo_dealerships(NAMES, load_aliases(SHIPPED))
WELL_FORMED = re.compile(r"[A-HJ-NPR-Z0-9]{17}")

Row = dict[str, str]


@cache
def three_days() -> tuple[DemoScrape, ...]:
    """The scrapes that `ops demo` has: all shipped dealerships, 10,000 cars a day."""
    return tuple(generate_scrapes(dealerships=DEALERSHIPS, first_day=FIRST_DAY, ignored_location=IGNORED))


@cache
def first_rows() -> list[Row]:
    """The rows of the first day at dealerships of the list, ragged ones left out."""
    return [row for row in read(three_days()[0])[0] if reject_code(row) in {None, "vin_format"}]


def read(scrape: DemoScrape) -> tuple[list[Row], int]:
    """The rows of a file by the plain standard reader, and how many had another number of fields."""
    rows = list(csv.DictReader(io.StringIO(scrape.text.decode("utf-8"), newline="")))
    sound = [row for row in rows if None not in row and None not in row.values()]
    return sound, len(rows) - len(sound)


def reject_code(row: Row) -> str | None:
    location = row["Location"].strip().casefold()
    if location in {UNKNOWN.casefold(), IGNORED.casefold()}:
        return "unknown_location" if location == UNKNOWN.casefold() else "ignored_location"
    return None if WELL_FORMED.fullmatch(row["Vin"]) else "vin_format"


def vehicles(scrape: DemoScrape) -> dict[tuple[str, str], Row]:
    """What a scrape leaves to be stored: the last sound row of each VIN and location."""
    rows = (row for row in read(scrape)[0] if reject_code(row) is None)
    return {(row["Vin"], row["Location"]): row for row in rows}


def check_digit(vin: str) -> str:
    """By the letter of 49 CFR 565.15, one character at a time: a second opinion on the generator's arrays."""
    values = {char: int(char) for char in "0123456789"}
    for letters, first in (("ABCDEFGH", 1), ("JKLMN", 1), ("P", 7), ("R", 9), ("STUVWXYZ", 2)):
        values |= {letter: value for value, letter in enumerate(letters, first)}
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    remainder = sum(values[char] * weight for char, weight in zip(vin, weights, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def year_code(year: int) -> str:
    return "ABCDEFGHJKLMNPRSTVWXY123456789"[(year - 1980) % 30]
