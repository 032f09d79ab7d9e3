"""How the demo dealerships' web sites write words, dates, prices, stock numbers and page addresses.

Belongs here: the eight styles of site (in a real scrape each dealership keeps to one) and the address of a
car's page. Not here: which cars exist (demo_cars) and what happens to them from day to day (demo_data).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_URL_LENGTH = 169  # the longest address in the measured files
_SPREAD = 0x2545F4914F6CDD1D9E3779B97F4A7C15  # odd, so that no two serials share a page key

BODY_WORDS: dict[str, dict[str, str]] = {
    "plain": {"suv": "SUV", "car": "Sedan", "truck": "Truck", "van": "Van"},
    "plural": {"suv": "SUVs", "car": "Cars", "truck": "Trucks", "van": "Vans"},
    "long": {
        "suv": "4D Sport Utility",
        "car": "4dr Car",
        "truck": "Crew Cab Pickup",
        "van": "Mini-van, Passenger",
    },
}
FUEL_WORDS: dict[str, dict[str, str]] = {
    "plain": {
        "gas": "Gasoline",
        "hybrid": "Hybrid",
        "phev": "Plug-In Hybrid",
        "electric": "Electric",
        "diesel": "Diesel",
    },
    "long": {
        "gas": "Gasoline Fuel",
        "hybrid": "Gas/Electric Hybrid",
        "phev": "PHEV (plug-in hybrid electric vehicle)",
        "electric": "Electric Fuel System",
        "diesel": "Diesel Fuel",
    },
    "none": {"gas": "", "hybrid": "", "phev": "", "electric": "", "diesel": ""},
}


@dataclass(frozen=True, slots=True)
class SiteStyle:
    """One maker of dealership sites. A word given twice is used twice as often, "" is left out."""

    url: str
    on_lot: tuple[str, ...]
    off_lot: tuple[str, ...]
    certified: str = "Certified Pre-Owned"
    used: str = "Used"
    date_format: str = "%m/%d/%Y"
    blank_status_when_used: float = 0.0
    price_format: str = "{}"
    escapes_html: bool = False
    serialised_fuel: bool = False
    stock: str = "{letter}{serial}"
    body: str = "plain"
    fuel: str = "plain"


STYLES = (
    SiteStyle(
        url="inventory",
        on_lot=("In-stock",),
        off_lot=("In-transit", "In-transit", "In-service"),
        certified="Certified Used",
        stock="{serial}{letter}",
        body="long",
        fuel="long",
    ),
    SiteStyle(
        url="city",
        on_lot=("On-Lot",),
        off_lot=("In-Transit", "In-Transit", "In-Build-Phase", "Allocated"),
        escapes_html=True,
    ),
    SiteStyle(
        url="hash",
        on_lot=("In-Stock",),
        off_lot=("In Transit", "Courtesy Vehicle", "In Transit to U.S."),
        stock="{serial}",
        body="plural",
    ),
    SiteStyle(
        url="details",
        on_lot=("In Stock", "In Stock", "In Stock", "Available at Retailer"),
        off_lot=("Dealer Ordered", "Being Built", "In Production", "Arriving Soon", "In Transit"),
        used="Pre-Owned",
        date_format="%Y/%m/%d",
        stock="{letter}{serial}-1",
        body="long",
        fuel="long",
    ),
    SiteStyle(
        url="number",
        on_lot=("InStock", "InStock", "available", "Available"),
        off_lot=("In Transit", "In-Service Courtesy Vehicle", "Courtesy Vehicle"),
        certified="Certified",
        date_format="%Y/%m/%d",
        escapes_html=True,
        fuel="none",
    ),
    SiteStyle(
        url="city",
        on_lot=("On Lot", "On Lot", "On The Lot"),
        off_lot=("Build Phase", "In Transit", "In-Transit"),
        certified="Certified",
        date_format="",
        blank_status_when_used=0.5,
        price_format="{}.0",
        stock="{letter}{letter}{serial}",
        body="plural",
        fuel="long",
    ),
    SiteStyle(
        url="query",
        on_lot=("",),
        off_lot=("In-Transit", "In-Service FCTP", "Courtesy Transportation Unit"),
        stock="{letter} {serial}",
        serialised_fuel=True,
    ),
    SiteStyle(
        url="inventory",
        on_lot=("In Stock", "In-stock") * 200 + ("Dealer Retail Stock - Upfitted",),
        off_lot=("In-Transit", "In Transit"),
        date_format="%Y/%m/%d",
        blank_status_when_used=0.6,
        stock="{serial}{letter}",
        body="plural",
        fuel="long",
    ),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A dealership's site: its place in the list, its Location text, its address, what it sells new."""

    index: int
    name: str
    location: str
    style: SiteStyle
    makes: tuple[str, ...]
    street: str
    city: str
    postal_code: str
    region: str
    host: str


def host_of(name: str) -> str:
    """The start of a dealership's addresses; `.example` is reserved (RFC 2606) and never a real host."""
    return f"https://www.{re.sub(r'[^a-z0-9]', '', name.casefold())[:40]}.example"


@dataclass(frozen=True, slots=True)
class Page:
    """What the address of a car's page is made from; `serial` is a number of the car's own (0 to 999,999)."""

    condition: str
    year: str
    make: str
    model: str
    trim: str
    body: str
    stock: str
    vin: str
    serial: int


def page_url(site: Site, page: Page) -> str:
    """The address of a car's page: one per site and car, the describing middle cut to keep MAX_URL_LENGTH."""
    style, host = site.style.url, site.host
    condition, year, make, model, trim = page.condition, page.year, page.make, page.model, page.trim
    body, vin = page.body, page.vin
    if style == "inventory":
        drive = "awd" if body.casefold() in {"suvs", "4d sport utility"} else "fwd"
        words = _slug(f"{condition} {year} {make} {model} {trim} {drive} {body}")
        return _fit(f"{host}/inventory/", words, f"-{vin.lower()}/")
    if style == "city":
        words = "-".join(_plus(part) for part in (condition, site.city, year, make, model, trim))
        return _fit(f"{host}/", words, f"-{vin}")
    if style == "hash":
        words = "-".join(_plus(part) for part in (year, make, model, trim))
        return _fit(f"{host}/{condition}/{_plus(make)}/", words, f"-{page.serial * _SPREAD % 2**128:032x}.htm")
    if style == "details":
        # Without escaping, as the real ones: the comma of "Mini-van, Passenger" gets into the address.
        words = f"{year} {make} {model} {body}".lower().replace(" ", "-").replace("&", "and")
        return _fit(f"{host}/viewdetails/{condition}/{vin.lower()}/", words, "")
    if style == "number":
        words = re.sub(r"[^A-Za-z0-9-]+", "_", f"{condition}-{year}-{make}-{model}-{trim}-{site.city}-{site.region}")
        return _fit(f"{host}/VehicleDetails/", words, f"/{5_000_000_000 + page.serial}")
    words = _slug(f"{condition} {year} {make} {model} {trim} {body} {site.city}")
    return _fit(f"{host}/vehicle/", words, f"/?vin={vin}&stock={_plus(page.stock)}")


def _fit(head: str, words: str, tail: str) -> str:
    return head + words[: max(0, MAX_URL_LENGTH - len(head) - len(tail))] + tail


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _plus(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9+./-]", "", text.replace(" ", "+"))
