"""Demo cars: one listing is one row of a scrape, with the dirt of real rows in about its measured shares.

Belongs here: how a single car comes to be and how it is written on its dealership's site. Not here: which
dealerships there are, what changes from day to day, the file (demo_data). The shares are those of 75,549
rows of real scrapes.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from ops_platform.vehicles.demo_catalog import (
    COLOURS,
    DIRTY_COLOURS,
    MAKE_SPELLINGS,
    MODELS,
    ODD_MAKE_SPELLINGS,
    TRADE_INS,
    Model,
)
from ops_platform.vehicles.demo_sites import BODY_WORDS, FUEL_WORDS, Page, Site, page_url
from ops_platform.vehicles.demo_vins import as_build_phase, make_vins

HEADER = (
    *("Vin", "Stock", "Type", "Year", "Make", "Model", "Trim", "Ext Color", "Status", "Price", "Body Style"),
    *("Fuel Type", "MSRP", "Date In Stock", "Street Address", "Locality", "Postal Code", "Region", "Country"),
    *("Location", "Vechile URL"),  # the typo stands in every real file
)
VIN, STOCK, TYPE, YEAR, MAKE, MODEL, TRIM, COLOUR, STATUS, PRICE, BODY = range(11)
FUEL, MSRP, DATE_IN_STOCK, STREET, CITY, POSTAL_CODE, REGION, COUNTRY, LOCATION, URL = range(11, 21)

T = TypeVar("T")

_SERIALS = 1_000_000  # a VIN has six places for the serial number
_STRIDE = 617_293  # prime to _SERIALS: walks over every serial once, in no visible order
_DRAWS = 40  # random numbers a car may use; a car never disturbs its neighbour's
_GENERAL_MOTORS = frozenset({"Chevrolet", "Buick", "GMC", "Cadillac"})
_PRICE_WORDS = (  # share up to which, what the site writes in place of a price
    (0.0320, ""),
    (0.0468, "Please Call"),
    (0.0496, "Please call for price"),
    (0.0518, '<span class="callforprice">Please call for price</span>'),
    (0.0522, "Call for Price"),
    (0.0526, "-1000"),
    (0.0556, "0"),
)
_FUEL_JUNK = 'a:2:{{s:4:"code";s:1:"{code}";s:4:"name";s:{length}:"{name}";}}'


@dataclass(slots=True)
class Listing:
    """One car on one site: the 21 texts of its row, and what the generator knows about it.

    `reject` is the code an importer must reject the row with (None: it is a vehicle); `flaw` a VIN warning
    it must raise (check_digit | serial_letters); `shared` that a second site of the group lists the same
    car.
    """

    site: Site
    serial: int
    fields: list[str]
    reject: str | None = None
    flaw: str | None = None
    shared: bool = False

    def at(self, site: Site, *, shared: bool = False) -> Listing:
        """The same car as another site of the same group, or its new owner, lists it."""
        fields = list(self.fields)
        fields[STREET : LOCATION + 1] = _address(site)
        moved = replace(self, site=site, fields=fields, shared=shared)
        moved.write_url()
        return moved

    def set_vin(self, vin: str) -> None:
        """Give the car another VIN, in its address too."""
        self.fields[VIN] = vin
        self.write_url()

    def write_url(self) -> None:
        """Compose the page's address anew from the other fields."""
        texts = self.fields
        texts[URL] = page_url(
            self.site,
            Page(
                condition="new" if texts[TYPE] in {"New", "Demo"} else "used",
                year=texts[YEAR],
                make=texts[MAKE],
                model=html.unescape(texts[MODEL]),
                trim=html.unescape(texts[TRIM]).strip(),
                body=html.unescape(texts[BODY]),
                stock=texts[STOCK],
                vin=texts[VIN],
                serial=self.serial,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Draft:
    """The car before it has a VIN: `condition` new | used | certified, `draws` its other random numbers."""

    model: Model
    trim: str
    year: int
    condition: str
    off_lot: bool
    draws: Iterator[float]


class CarFactory:
    """Makes listings; every car gets a serial number that no other car of this factory has."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._made = 0
        self._offset = int(rng.integers(0, _SERIALS))

    def build(self, site: Site, count: int, *, today: date, arriving: bool = False) -> list[Listing]:
        """`count` cars for one site as they stand on `today`; `arriving` ones came in that day.

        ValueError: after 1,000,000 cars, when the serial numbers are used up.
        """
        if self._made + count > _SERIALS:
            raise ValueError(f"a demo holds at most {_SERIALS:,} different cars: ask for fewer cars or fewer days")
        numbers = range(self._made, self._made + count)
        self._made += count
        serials = [(self._offset + number * _STRIDE) % _SERIALS for number in numbers]
        drafts = [_draft(site, iter(draws), today) for draws in self._rng.random((count, _DRAWS)).tolist()]
        lettered = self._rng.random(count) < 0.023
        vins = make_vins(
            self._rng,
            wmis=[draft.model.wmi for draft in drafts],
            years=[draft.year for draft in drafts],
            serials=serials,
            letters_in_serial=lettered,
        )
        listings = []
        for draft, vin, serial, letter in zip(drafts, vins, serials, lettered.tolist(), strict=True):
            listing = _listing(site, draft, vin, serial, today, arriving)
            listing.flaw = "serial_letters" if letter and listing.reject is None else None
            listings.append(listing)
        return listings


def _draft(site: Site, draws: Iterator[float], today: date) -> _Draft:
    new = bool(site.makes) and next(draws) < 0.66
    pool = site.makes if site.makes and (new or next(draws) < 0.5) else TRADE_INS
    model = _pick(MODELS[_pick(pool, next(draws))], next(draws))
    age_draw = next(draws)
    if new:
        age = 0 if age_draw < 0.74 else 1 if age_draw < 0.97 else -1
        condition = "new"
    else:
        age = 1 + int(17 * age_draw**1.9)
        condition = "certified" if age <= 7 and next(draws) < 0.22 else "used"
    year = max(today.year - age, min(model.since, today.year))
    off_lot = new and next(draws) < 0.23
    return _Draft(model, _pick(model.trims, next(draws)), year, condition, off_lot, draws)


def _listing(site: Site, draft: _Draft, vin: str, serial: int, today: date, arriving: bool) -> Listing:
    style, model, draws = site.style, draft.model, draft.draws
    unbuilt = draft.off_lot and model.make in {"Toyota", "Lexus"} and next(draws) < 0.15
    write = html.escape if style.escapes_html else str
    price, msrp = _prices(site, draft, today)
    fields = [
        as_build_phase(vin) if unbuilt else vin,
        _stock(site, draft, vin, serial),
        _type(site, draft),
        str(draft.year),
        _spelling(site, model.make, next(draws)),
        write(model.name),
        write(draft.trim) + ("  " if next(draws) < 0.035 else ""),
        _colour(next(draws), next(draws)),
        _status(site, draft),
        price,
        write(BODY_WORDS[style.body][model.kind]),
        _fuel(site, model.fuel, next(draws)),
        msrp,
        _date_in_stock(site, draft, today, arriving),
        *_address(site),
        "",
    ]
    listing = Listing(site, serial, fields, reject="vin_format" if unbuilt else None)
    listing.write_url()
    return listing


def _address(site: Site) -> list[str]:
    return [site.street, site.city, site.postal_code, site.region, "US", site.location]


def _stock(site: Site, draft: _Draft, vin: str, serial: int) -> str:
    draw, letter = next(draft.draws), "ABCDEFGHKLMPRSTW"
    if draft.off_lot and draw < 0.72:
        return ""
    if draw > 0.998:
        return vin
    if draw > 0.995:
        return "N/A"
    if draw > 0.992:
        return f"{draft.year % 100}/{serial:06d}"
    first = letter[sum(map(ord, site.name)) % len(letter)]
    return site.style.stock.format(letter=first, serial=f"{serial:06d}")


def _type(site: Site, draft: _Draft) -> str:
    draw = next(draft.draws)
    if draft.condition == "new":
        return "Demo" if draw < 0.003 else "New"
    if draft.condition == "used":
        return site.style.used
    return "CarBravo" if draw < 0.5 and _GENERAL_MOTORS & set(site.makes) else site.style.certified


def _spelling(site: Site, make: str, draw: float) -> str:
    if draw < 0.02 and make in ODD_MAKE_SPELLINGS:
        return ODD_MAKE_SPELLINGS[make]
    spellings = MAKE_SPELLINGS.get(make, (make,))
    return spellings[site.index % len(spellings)]


def _colour(draw: float, dirt: float) -> str:
    if dirt < 0.008:
        return _pick(DIRTY_COLOURS, draw)
    return "" if dirt < 0.015 else _pick(COLOURS, draw)


def _status(site: Site, draft: _Draft) -> str:
    style, draw = site.style, next(draft.draws)
    if draft.off_lot:
        return _pick(style.off_lot, draw)
    blank = draft.condition != "new" and next(draft.draws) < style.blank_status_when_used
    return "" if blank else _pick(style.on_lot, draw)


def _prices(site: Site, draft: _Draft, today: date) -> tuple[str, str]:
    list_price = round(draft.model.list_price * (1 + 0.3 * next(draft.draws)) / 5) * 5
    haggle, words, listed = next(draft.draws), next(draft.draws), next(draft.draws)
    if draft.condition == "new":
        price = list_price + 1495 if haggle < 0.06 else round(list_price * (0.89 + 0.11 * haggle))
        msrp = "" if listed < 0.01 else str(list_price) if listed < 0.9995 else "0"
    else:
        price = max(2500, round(list_price * (0.82 + 0.1 * haggle) * 0.88 ** (today.year - draft.year)))
        msrp = "" if listed < 0.75 else str(list_price)
    for share, text in _PRICE_WORDS:
        if words < share:
            return text, msrp
    return site.style.price_format.format(price), msrp


def _fuel(site: Site, fuel: str, draw: float) -> str:
    name = FUEL_WORDS[site.style.fuel][fuel]
    if site.style.serialised_fuel and draw < 0.1:
        return _FUEL_JUNK.format(code=name[:1], length=len(name), name=name)
    return "" if draw > 0.92 else name


def _date_in_stock(site: Site, draft: _Draft, today: date, arriving: bool) -> str:
    draw = next(draft.draws)
    if draft.off_lot or not site.style.date_format:
        return ""
    days = 0 if arriving else int(-70 * math.log(1 - draw))
    oddly = next(draft.draws) < 0.004
    return (today - timedelta(days=days)).strftime("%Y-%m-%d" if oddly else site.style.date_format)


def _pick(choices: Sequence[T], draw: float) -> T:
    return choices[int(draw * len(choices))]
