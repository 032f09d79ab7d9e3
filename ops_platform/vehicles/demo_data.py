"""Demo scrapes: files `complete_data_YYYY-MM-DD.csv` of invented stock, made from a seed alone.

Belongs here: what a caller asks for, the files' bytes, and the facts about them that an import can be
checked against. Not here: single cars (demo_cars), days (demo_days), site styles (demo_sites), the
catalogue (demo_catalog). The same arguments give the same bytes on every machine with the same numpy; no
clock, environment or file is read. docs/demo_data.md says what is in the files.
"""

from __future__ import annotations

import csv
import html
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ops_platform.vehicles.demo_cars import HEADER, LOCATION, PRICE, STATUS, Listing
from ops_platform.vehicles.demo_catalog import EXOTIC, makes_for
from ops_platform.vehicles.demo_days import Changes, DemoLots
from ops_platform.vehicles.demo_sites import STYLES, Site, host_of

UNKNOWN_CARS = 15
IGNORED_CARS = 34
_DUPLICATE_SHARE = 4e-4
# (street, city, region), invented.
_CITIES = (
    ("Foundry Road", "Maple Bend", "MO"),
    ("Levee Street", "Clayborne", "MO"),
    ("Quarry Lane", "Alder Prairie", "IL"),
    ("Motor Mile", "St. Osric", "MO"),
    ("Gateway Parkway", "Kestrel Heights", "MO"),
    ("Mesa Drive", "Rancho Verano", "CA"),
)


@dataclass(frozen=True, slots=True)
class DemoDealership:
    """A dealership to invent stock for.

    `csv_location` is what its site writes in the column Location (a configured name or an alias of it),
    `makes` what it sells new (catalogue names; none: used cars only), `lists_cars_of` the names of
    dealerships of its group whose cars its site shows as well.
    """

    name: str
    csv_location: str
    makes: tuple[str, ...] = ()
    lists_cars_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScrapeFacts:
    """What the generator put into one file; rows == vehicles + duplicates + sum(rejects.values()).

    - rows: data rows; vehicles: distinct (VIN, dealership) that must be stored; duplicates: rows that a
      later row of the same VIN and location replaces.
    - rejects: rows by the reject code they must get (vin_format, field_count, unknown_location,
      ignored_location).
    - by_location: rows with the right number of fields by the text in Location, as written; by_dealership:
      vehicles by dealership name.
    - check_digit, serial_letters: vehicles whose VIN must raise that warning.
    - changes: against the stock known from the files before: cars at sites that the file does not hold, or
      holds less than half of, count as unchanged.
    - missing, halved: names of the dealership that the file leaves out, or shows less than half of the cars
      of.
    """

    rows: int
    vehicles: int
    duplicates: int
    rejects: dict[str, int]
    by_location: dict[str, int]
    by_dealership: dict[str, int]
    check_digit: int
    serial_letters: int
    changes: Changes
    missing: str | None
    halved: str | None


@dataclass(frozen=True, slots=True)
class DemoScrape:
    """One file: name, day of the scrape, bytes (UTF-8, LF, every field quoted) and the facts about them."""

    file_name: str
    scan_date: date
    text: bytes
    facts: ScrapeFacts


def demo_dealerships(names: Sequence[str], aliases: Mapping[str, str | None]) -> list[DemoDealership]:
    """The dealerships of these names, selling what their names say.

    `aliases`: spelling -> name (or None: not used here), as the platform knows them; a dealership writes its
    first alias in Location, its own name when it has none. The exotic-car group's site also lists cars of the
    Jaguar and Land Rover dealerships, as such group sites do.
    """
    first_alias: dict[str | None, str] = {}
    for spelling, target in aliases.items():
        first_alias.setdefault(target, spelling)
    written = {name: first_alias.get(name, name) for name in names}
    makes = {name: tuple(dict.fromkeys(makes_for(name) + makes_for(written[name]))) for name in names}
    british = tuple(name for name in names if makes[name] and set(makes[name]) <= {"Jaguar", "Land Rover"})
    return [
        DemoDealership(
            name=name,
            csv_location=written[name],
            makes=makes[name],
            lists_cars_of=british if makes[name] == EXOTIC else (),
        )
        for name in names
    ]


def generate_scrapes(
    *,
    dealerships: Sequence[DemoDealership],
    first_day: date,
    days: int = 3,
    cars_per_day: int = 10_000,
    seed: int = 2026,
    unknown_location: str = "Harborlight Motor Exchange",
    ignored_location: str | None = None,
) -> list[DemoScrape]:
    """The scrapes of consecutive days, each made from the one before.

    The first holds `cars_per_day` cars and, with the rows that are wrong on purpose, about 2 % more rows.
    `unknown_location` must be no configured name or alias, `ignored_location` one that the aliases mark as
    no client (None: leave it out). Fewer days give the same files as the first ones of more days.
    ValueError: no dealership, a name twice, a group member that is not there or is the dealership itself,
    days or cars below 1, more than a million different cars in all.
    """
    _refuse_nonsense(dealerships, days, cars_per_day)
    sites = [_site(index, dealership) for index, dealership in enumerate(dealerships)]
    places = {dealership.name: index for index, dealership in enumerate(dealerships)}
    few = max(1, cars_per_day // 100)
    outsiders = {"unknown_location": (_outsider(len(sites), unknown_location), min(UNKNOWN_CARS, few))}
    if ignored_location is not None:
        outsiders["ignored_location"] = (_outsider(len(sites) + 1, ignored_location), min(IGNORED_CARS, few))
    rng = np.random.default_rng(seed)
    lots = DemoLots(
        rng,
        sites=sites,
        sisters={
            places[dealership.name]: [places[name] for name in dealership.lists_cars_of]
            for dealership in dealerships
            if dealership.lists_cars_of
        },
        outsiders=outsiders,
        cars=cars_per_day,
        today=first_day,
    )
    return [_scrape(lots, day, first_day + timedelta(days=day), rng) for day in range(days)]


def _refuse_nonsense(dealerships: Sequence[DemoDealership], days: int, cars_per_day: int) -> None:
    names = [dealership.name for dealership in dealerships]
    if not names or days < 1 or cars_per_day < 1:
        raise ValueError("demo data need at least one dealership, one day and one car a day")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"dealership named twice: {', '.join(twice)}")
    for dealership in dealerships:
        if strange := sorted(set(dealership.lists_cars_of) - (set(names) - {dealership.name})):
            raise ValueError(
                f"{dealership.name} can list the cars of other dealerships only, not of: {', '.join(strange)}"
            )


def _site(index: int, dealership: DemoDealership) -> Site:
    street, city, region = _CITIES[index % len(_CITIES)]
    return Site(
        index=index,
        name=dealership.name,
        location=_as_written(dealership.csv_location, index),
        style=STYLES[index % len(STYLES)],
        makes=dealership.makes,
        street=f"{100 + 37 * index} {street}",
        city=city,
        postal_code=f"{100 + index:05d}",  # no such code; its zeros are lost when it is read as a number
        region=region,
        host=host_of(dealership.name),
    )


def _outsider(index: int, location: str) -> Site:
    return _site(index, DemoDealership(name=location, csv_location=location))


def _as_written(location: str, index: int) -> str:
    """The location as this site spells it: some escape it for HTML, shout, or leave a blank behind."""
    if html.escape(location) != location:
        return html.escape(location)
    return {4: location.upper(), 8: f"{location} "}.get(index % 13, location)


def _scrape(lots: DemoLots, day: int, today: date, rng: np.random.Generator) -> DemoScrape:
    changes = lots.advance(day, today) if day else Changes()
    seen = lots.visible(day)
    vehicles = [car for lot in seen for car in lot if car.reject is None]
    if not day:
        changes = Changes(first_seen=len(vehicles))
    twice = _listed_twice(vehicles, rng)
    rows = [row for lot in seen for row in (*_stale_rows(lot, twice), *map(_row, lot))]
    missing, halved = lots.missing_site(day), lots.halved_site(day)
    facts = ScrapeFacts(
        rows=len(rows),
        vehicles=len(vehicles),
        duplicates=len(twice),
        rejects=_count(car.reject for lot in seen for car in lot if car.reject),
        by_location=_count(row[LOCATION] for row in rows if len(row) == len(HEADER)),
        by_dealership=_count(car.site.name for car in vehicles),
        check_digit=sum(car.flaw == "check_digit" for car in vehicles),
        serial_letters=sum(car.flaw == "serial_letters" for car in vehicles),
        changes=changes,
        missing=missing.name if missing else None,
        halved=halved.name if halved else None,
    )
    return DemoScrape(f"complete_data_{today:%Y-%m-%d}.csv", today, _file_bytes(rows), facts)


def _count(texts: Iterable[str]) -> dict[str, int]:
    return dict(Counter(texts))


def _listed_twice(vehicles: Sequence[Listing], rng: np.random.Generator) -> set[int]:
    chosen = rng.permutation(len(vehicles))[: max(1, round(len(vehicles) * _DUPLICATE_SHARE))]
    return {id(vehicles[index]) for index in chosen.tolist()}


def _stale_rows(lot: Sequence[Listing], twice: set[int]) -> list[list[str]]:
    """Rows of cars that the site shows on an old page too; they come first, for the later row must win."""
    rows = []
    for car in lot:
        if id(car) in twice:
            fields = list(car.fields)
            fields[PRICE], fields[STATUS] = "Call for Price", ""
            rows.append(fields)
    return rows


def _row(car: Listing) -> list[str]:
    """The row of a car; a ragged one has lost its end, or a comma in its price made two fields of one."""
    if car.reject != "field_count":
        return car.fields
    if car.serial % 2:
        return car.fields[:LOCATION]
    return [*car.fields[:PRICE], "24", "900", *car.fields[PRICE + 1 :]]


def _file_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8")
