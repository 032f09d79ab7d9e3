"""Vehicle identification numbers: format, check digit, model year, and what looks wrong in one.

What belongs here: arithmetic on the 17 characters. What does not: makes' names (vehicles.makes), reading
files, deciding what happens to a row.

Source: 49 CFR 565.13 and 565.15. Only the format is an error. Check digit, model year and make are warnings:
the agency's own sample VIN fails the check digit, and it is mandatory for North America only.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd

from ops_platform.core.text import drop_invisible
from ops_platform.vehicles.makes import contradicts

VIN_PATTERN: Final = "[A-HJ-NPR-Z0-9]{17}"
WARNINGS: Final = {
    "check_digit": "Position 9 is not the check digit of the other characters: a character may be mistyped.",
    "model_year": "Position 10 stands for another model year than the file says.",
    "make_mismatch": "Positions 1 to 3 belong to another make than the file says.",
    "serial_letters": "The last four positions are not all digits: probably a placeholder of an unbuilt car.",
}
"""Each warning code of `check_vins` and what it tells a person."""

_matches: Final = re.compile(VIN_PATTERN).fullmatch
_LENGTH: Final = 17
_CHECK: Final = 8
_YEAR: Final = 9
_SERIAL: Final = 13
_FIRST_YEAR: Final = 1980
_CYCLE: Final = 30
_YEAR_CODES: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"
_WEIGHTS: Final = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_CHECK_DIGITS: Final = np.frombuffer(b"0123456789X", dtype=np.uint8)
_VALUES: Final = np.zeros(256, dtype=np.int64)
_VALUES[np.frombuffer(b"0123456789", dtype=np.uint8)] = range(10)
_VALUES[np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ", dtype=np.uint8)] = [
    *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)
]  # fmt: skip
_YEAR_OF: Final = np.zeros(256, dtype=np.int64)
_YEAR_OF[np.frombuffer(_YEAR_CODES.encode(), dtype=np.uint8)] = range(_FIRST_YEAR, _FIRST_YEAR + _CYCLE)


def clean_vin(text: str) -> str:
    """Return `text` without blanks and invisible characters, in upper case.

    Text with letters outside ASCII stays as it is: upper-casing could turn a foreign letter into a Latin one
    (`ſ` into S) and a wrong VIN into one that looks right.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    text = drop_invisible("".join(text.split()))
    return text.upper() if text.isascii() else text


def well_formed(vins: pd.Series) -> np.ndarray:
    """Return bool per VIN (cleaned text): 17 characters of A-Z without I, O, Q and 0-9."""
    return np.fromiter((_matches(vin) is not None for vin in vins), dtype=bool, count=len(vins))


def format_problem(vin: str) -> str | None:
    """Return a sentence on what is wrong with the format of a cleaned VIN, or None when nothing is."""
    if _matches(vin):
        return None
    shown = vin if len(vin) <= 40 else f"{vin[:40]}..."
    if not vin:
        return "The VIN is empty; without it the car cannot be told from others."
    if len(vin) != _LENGTH:
        return f'The VIN "{shown}" has {len(vin)} characters; a VIN has {_LENGTH}.'
    position, char = next((at, char) for at, char in enumerate(vin, 1) if not _matches(char * _LENGTH))
    if char in "IOQ":
        return (
            f'The VIN "{shown}" holds {char} at position {position}; a VIN never holds I, O or Q. '
            "Some makers publish such placeholders for cars not yet built: the car loads with its real VIN."
        )
    return f'The VIN "{shown}" holds "{char}" at position {position}; only A-Z and 0-9 may stand there.'


def check_digit(vin: str) -> str:
    """Return the check digit (0-9 or X) that belongs at position 9 of a VIN; what stands there is ignored.

    Errors: ValueError when the VIN is not well-formed.
    """
    if not _matches(vin):
        raise ValueError(format_problem(vin))
    return chr(int(_check_digits(_characters([vin]))[0]))


def model_years(vin: str) -> tuple[int, ...]:
    """Return the model years that position 10 stands for (the code repeats every 30 years), oldest first.

    Both are given: the rule that position 7 tells them apart fails on real Volvos. Empty when the maker uses
    no year code (0, U, Z: cars not built for North America).
    """
    if not _matches(vin) or vin[_YEAR] not in _YEAR_CODES:
        return ()
    first = _FIRST_YEAR + _YEAR_CODES.index(vin[_YEAR])
    return (first, first + _CYCLE)


def check_vins(vins: pd.Series, years: pd.Series, makes: pd.Series) -> pd.Series:
    """Return a list of warning codes (keys of WARNINGS) per VIN, on the index of `vins`.

    vins: well-formed VINs. years: model years as the file says, Int64; makes: text or None; where these are
    missing nothing is compared. Raises ValueError when a VIN is not well-formed.
    """
    if not well_formed(vins).all():
        raise ValueError("check_vins takes well-formed VINs only; reject the others first")
    warnings: list[list[str]] = [[] for _ in range(len(vins))]
    if warnings:
        chars = _characters(vins.tolist())
        found = {
            "check_digit": _check_digits(chars) != chars[:, _CHECK],
            "model_year": _other_year(chars[:, _YEAR], years),
            "make_mismatch": _other_make(vins, makes),
            "serial_letters": (chars[:, _SERIAL:] > ord("9")).any(axis=1),
        }
        for code, mask in found.items():
            for row in np.flatnonzero(mask):
                warnings[row].append(code)
    return pd.Series(warnings, index=vins.index, dtype=object)


def _characters(vins: list[str]) -> np.ndarray:
    return np.array(vins, dtype=f"S{_LENGTH}").view(np.uint8).reshape(len(vins), _LENGTH)


def _check_digits(chars: np.ndarray) -> np.ndarray:
    return _CHECK_DIGITS[(_VALUES[chars] @ _WEIGHTS) % 11]


def _other_year(codes: np.ndarray, years: pd.Series) -> np.ndarray:
    coded = _YEAR_OF[codes]
    said = years.astype("Int64").to_numpy(dtype=np.int64, na_value=0)
    return (said != 0) & (coded != 0) & (said != coded) & (said != coded + _CYCLE)


def _other_make(vins: pd.Series, makes: pd.Series) -> np.ndarray:
    known: dict[tuple[str, str], bool] = {}
    out = np.zeros(len(vins), dtype=bool)
    for row, (vin, make) in enumerate(zip(vins, makes, strict=True)):
        if isinstance(make, str):
            pair = (vin[:3], make)
            if pair not in known:
                known[pair] = contradicts(*pair)
            out[row] = known[pair]
    return out
