"""The headers of scrape files: which column is which, in either layout, in any order and spelling.

What belongs here: the tables of headers and reading one header. What does not: finding it in a file and
reading the rows under it (layouts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ops_platform.core.text import clean_text, fold_key, nearest_name

# field -> headers that mean it, best first; compared by letters and digits only. A later one is used only when
# no earlier one is in the file. "Vechile URL" is how the scraper really writes it.
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "vin": ("VIN", "VIN Number", "Vehicle Identification Number"),
    "stock": ("Stock", "Stock Number", "Stock No"),
    "type": ("Type", "Condition", "Vehicle Type", "Vehicle Condition", "New/Used"),
    "year": ("Year", "Model Year"),
    "make": ("Make",),
    "model": ("Model",),
    "trim": ("Trim", "Trim Level"),
    "ext_color": ("Ext Color", "Exterior Color", "Color"),
    "status": ("Status", "Lot Status"),
    "price": ("Price", "Selling Price", "Sale Price", "Internet Price"),
    "body_style": ("Body Style", "Body", "Body Type"),
    "fuel_type": ("Fuel Type", "Fuel"),
    "msrp": ("MSRP",),
    "date_in_stock": ("Date In Stock", "In Stock Date", "Stock Date"),
    "street_address": ("Street Address", "Address", "Street"),
    "locality": ("Locality", "City"),
    "postal_code": ("Postal Code", "Zip", "Zip Code"),
    "region": ("Region", "State"),
    "country": ("Country",),
    "location": ("Location", "Dealer Name", "Dealership", "Dealership Name", "Dealer"),
    "vehicle_url": ("Vehicle URL", "Vechile URL", "URL", "VDP URL", "Link"),
}
RAW_FIELDS: Final = tuple(_HEADERS)
"""The columns of a scrape by the names the platform uses, in file order."""

_FIELD_OF: Final = {fold_key(header): field for field, headers in _HEADERS.items() for header in headers}

# What tells the two layouts apart; either may come in any order, with columns of its own besides.
_SIGNATURES: Final = {
    "complete_data": frozenset({"stock", "type", "extcolor", "status", "location", "dateinstock"}),
    "scraper": frozenset({"stocknumber", "condition", "exteriorcolor", "dealername", "scrapedat", "mileage"}),
}
# Without one of these a whole day would silently lose its prices, its lot statuses or its QR links.
_REQUIRED: Final = ("vin", "stock", "type", "year", "make", "model", "price", "location", "vehicle_url")
_REQUIRED_TOO: Final = {"complete_data": ("status",), "scraper": ()}
_KNOWN_AT_LEAST: Final = 4


class HeaderError(ValueError):
    """A header that cannot be used: what is wrong and what to do, and the column (from 1) where it shows."""

    def __init__(self, problem: str, *, column: int | None = None) -> None:
        super().__init__(problem)
        self.column = column


@dataclass(frozen=True)
class Header:
    """names: the column's name by position: one of RAW_FIELDS, `scraped_at`, or what the file calls it."""

    line_no: int
    names: tuple[str, ...]
    layout: str


def is_header(cells: Sequence[str]) -> bool:
    """Return whether a record is a header: one of its first cells is a known one, and at least 4 of all are."""
    if not any(fold_key(cell) in _FIELD_OF for cell in cells[:3]):
        return False
    return len({_FIELD_OF[key] for key in map(fold_key, cells) if key in _FIELD_OF}) >= _KNOWN_AT_LEAST


def read_header(cells: Sequence[str], line_no: int) -> Header:
    """Return what each column is and which layout (`complete_data` or `scraper`) the file has.

    Errors: HeaderError when a needed column is missing or a column stands there twice.
    """
    keys = [fold_key(cell) for cell in cells]
    layout = max(_SIGNATURES, key=lambda name: len(_SIGNATURES[name].intersection(keys)))
    position_of = _positions(cells, keys)
    for field in (*_REQUIRED, *_REQUIRED_TOO[layout]):
        if field not in position_of:
            raise HeaderError(_missing(field, [c for c, key in zip(cells, keys, strict=True) if key not in _FIELD_OF]))
    return Header(line_no, _names(cells, keys, position_of), layout)


def _positions(cells: Sequence[str], keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, headers in _HEADERS.items():
        for wanted in map(fold_key, headers):
            at = [position for position, key in enumerate(keys) if key == wanted]
            if len(at) > 1:
                where = f"columns {at[0] + 1} and {at[1] + 1}"
                problem = f'the header names "{cells[at[1]].strip()}" twice ({where}). Remove one.'
                raise HeaderError(problem, column=at[1] + 1)
            if at:
                found[field] = at[0]
                break
    return found


def _missing(field: str, unknown: Sequence[str]) -> str:
    title = _HEADERS[field][0]
    near = nearest_name(title, unknown)
    hint = f'Is "{near}" meant? Correct the header.' if near else "Add the column; its cells may be empty."
    return f'the column "{title}" is missing. {hint}'


def _names(cells: Sequence[str], keys: Sequence[str], position_of: Mapping[str, int]) -> tuple[str, ...]:
    names = {position: field for field, position in position_of.items()}
    taken = {"line_no", *RAW_FIELDS}
    for position, cell in enumerate(cells):
        if position in names:
            continue
        name = "scraped_at" if keys[position] == "scrapedat" else clean_text(cell)
        if not name or name in taken:
            name = f"{name or ''} (column {position + 1})".strip()
        names[position] = name
        taken.add(name)
    return tuple(names[position] for position in range(len(cells)))
