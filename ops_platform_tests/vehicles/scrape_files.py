"""Scrape files for tests, made here: no row of a real file. The parts every test of reading them uses.

Belongs here: making bytes of both layouts. Not here: tests, demo data of the product.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

from ops_platform.vehicles.layouts import read_scrape
from ops_platform.vehicles.locations import LocationDirectory
from ops_platform.vehicles.normalize import NormalizedScrape, normalize

SCAN_DATE = date(2025, 3, 13)
FORD, KIA, IGNORED = "Suntrup Ford West", "H&W Kia", "Tom's Auto Sales"
DIRECTORY = LocationDirectory(
    [FORD, KIA, "Columbia BMW", "Serra Honda of O'Fallon"],
    {"Suntrup Ford Westport": FORD, "HW Kia of West County": KIA, IGNORED: None},
)

COMPLETE_DATA = {
    "vin": "Vin",
    "stock": "Stock",
    "type": "Type",
    "year": "Year",
    "make": "Make",
    "model": "Model",
    "trim": "Trim",
    "ext_color": "Ext Color",
    "status": "Status",
    "price": "Price",
    "body_style": "Body Style",
    "fuel_type": "Fuel Type",
    "msrp": "MSRP",
    "date_in_stock": "Date In Stock",
    "street_address": "Street Address",
    "locality": "Locality",
    "postal_code": "Postal Code",
    "region": "Region",
    "country": "Country",
    "location": "Location",
    "vehicle_url": "Vechile URL",
}
SCRAPER = {
    "vin": "vin",
    "stock": "stock_number",
    "year": "year",
    "make": "make",
    "model": "model",
    "trim": "trim",
    "price": "price",
    "msrp": "msrp",
    "mileage": "mileage",
    "ext_color": "exterior_color",
    "interior_color": "interior_color",
    "fuel_type": "fuel_type",
    "transmission": "transmission",
    "type": "condition",
    "vehicle_url": "url",
    "location": "dealer_name",
    "scraped_at": "scraped_at",
}
VINS = ("1FTEW1EP0KFA00001", "1FTEW1EP2KFA00002", "1FTEW1EP4KFA00003", "1FTEW1EP6KFA00004", "1FTEW1EP8KFA00005")

Car = dict[str, str]


def car(number: int = 0, **cells: str) -> Car:
    """A used 2019 Ford F-150 on the lot; `cells` replace its own."""
    return {
        "vin": VINS[number],
        "stock": f"T{number:05d}",
        "type": "Used",
        "year": "2019",
        "make": "Ford",
        "model": "F-150",
        "trim": "XLT",
        "ext_color": "Oxford White",
        "status": "In Stock",
        "price": "31985",
        "body_style": "4D SuperCrew",
        "fuel_type": "Gasoline",
        "msrp": "",
        "date_in_stock": "03/01/2025",
        "street_address": "1 Test Road",
        "locality": "Testville",
        "postal_code": "63000",
        "region": "MO",
        "country": "US",
        "location": FORD,
        "vehicle_url": f"https://www.example.com/used/{number}",
        "mileage": "41000",
        "interior_color": "Black",
        "transmission": "Automatic",
        "scraped_at": "2025-03-13T02:46:31.091709",
        **cells,
    }


def line(cells: Sequence[str]) -> str:
    """One line of CSV, minimally quoted, without its end."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue().removesuffix("\r\n")


def lines(*cars: Car, header: Mapping[str, str] = COMPLETE_DATA) -> list[str]:
    """Header and rows as lines, the columns in the order of `header` (field -> title)."""
    return [line(list(header.values())), *(line([one[field] for field in header]) for one in cars)]


def file(*cars: Car, header: Mapping[str, str] = COMPLETE_DATA) -> bytes:
    """A whole file, UTF-8, line feeds."""
    return as_bytes(lines(*cars, header=header))


def as_bytes(all_lines: Sequence[str], end: str = "\n") -> bytes:
    """The lines as UTF-8, each with its end."""
    return "".join(f"{one}{end}" for one in all_lines).encode()


def load(data: bytes) -> NormalizedScrape:
    """Read and normalise; every row that was read must be accounted for, whatever the test is about."""
    table = read_scrape(data, "complete_data.csv")
    scrape = normalize(table, DIRECTORY, scan_date=SCAN_DATE)
    assert_conserved(scrape, table.rows_read)
    return scrape


def assert_conserved(scrape: NormalizedScrape, rows_read: int) -> None:
    """Nothing lost, nothing invented: in all, and for each location."""
    duplicates = int(scrape.raw["is_duplicate"].sum())
    assert rows_read == len(scrape.vehicles) + len(scrape.rejects) + duplicates
    assert len(scrape.raw) == len(scrape.vehicles) + duplicates
    assert not scrape.vehicles.duplicated(["vin", "location"]).any()
    totals = scrape.counts[["imported", "rejected", "duplicate"]].sum()
    assert (scrape.counts["total"] == scrape.counts[["imported", "rejected", "duplicate"]].sum(axis=1)).all()
    assert totals.tolist() == [len(scrape.vehicles), len(scrape.rejects), duplicates]
