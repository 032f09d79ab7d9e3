"""What the name of a variant says: REGULAR_TUB_300ML is 300 ml of a regular tub.

What belongs here: reading such a name into a unit, a value and words for people, and the one form names are kept in.
What does not: which variants exist (the database), and finding one in the name of an order line (clean_names.py).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

LONGEST: Final = 100
"""Characters of a variant's name (variants.variant_name)."""

_LARGEST: Final = Decimal(10) ** 8  # variants.value has eight digits before the point
_UNITS: Final = {
    "ML": ("ml", 1),
    "L": ("ml", 1000),
    "LTR": ("ml", 1000),
    "G": ("g", 1),
    "GM": ("g", 1),
    "GMS": ("g", 1),
    "KG": ("g", 1000),
}
_SHOWN: Final = {"LTR": "l", "L": "l", "ML": "ml", "KG": "kg"}
_SIZE: Final = re.compile(r"(?:(?P<times>[0-9]{1,3})X)?(?P<number>[0-9]{1,8}(?:\.[0-9]{1,2})?)(?P<unit>[A-Z]+)")
_PIECES: Final = re.compile(r"(?P<number>[0-9]{1,8})_?(?:PIECES?|PCS?)")
_GAPS: Final = re.compile(r"[\s_-]+")
_NAME: Final = re.compile(r"[A-Z0-9][A-Z0-9_.]*")


class VariantError(ValueError):
    """A text that can be no variant's name; says what one looks like."""


class Variant(NamedTuple):
    """What a variant's name says. unit: ml, g, piece; unit and value are None when it states no size."""

    name: str
    description: str
    unit: str | None
    value: Decimal | None


def variant_name(text: str) -> str:
    """Return a variant's name in the form it is kept in: capitals, with `_` for blanks and hyphens.

    Raises VariantError for a text that holds anything else than letters, digits and points, or is too long.
    """
    name = _GAPS.sub("_", text.strip()).strip("_").upper()
    if not _NAME.fullmatch(name):
        raise VariantError(f'"{text}" is no variant; write one like REGULAR_TUB_300ML or 1_PIECE')
    if len(name) > LONGEST:
        raise VariantError(f"the variant has {len(name)} characters; {LONGEST} is the most")
    return name


def read_variant(name: str) -> Variant:
    """Read a variant's name (in the form `variant_name` gives).

    Several sizes are added up (DUO_200ML_200ML is 400 ml) where they have one unit; kilograms and litres become
    grams and millilitres, so that sizes can be summed.
    """
    pieces = _PIECES.fullmatch(name)
    if pieces:
        count = int(pieces["number"])
        return Variant(name, f"{count} {'piece' if count == 1 else 'pieces'}", "piece", Decimal(count))
    words: list[str] = []
    sizes: list[str] = []
    total: dict[str, Decimal] = {}
    for part in name.split("_"):
        size = _SIZE.fullmatch(part)
        if size is None or size["unit"] not in _UNITS:
            words.append(part.lower())
            continue
        unit, factor = _UNITS[size["unit"]]
        number, times = Decimal(size["number"]), int(size["times"] or 1)
        total[unit] = total.get(unit, Decimal(0)) + number * factor * times
        shown = f"{number} {_SHOWN.get(size['unit'], 'g')}"
        sizes.append(f"{times} x {shown}" if size["times"] else shown)
    described = ", ".join(filter(None, (" ".join(words).capitalize(), " + ".join(sizes))))
    if len(total) != 1:
        return Variant(name, described, None, None)
    [(unit, value)] = total.items()
    return Variant(name, described, unit, value) if value < _LARGEST else Variant(name, described, None, None)
