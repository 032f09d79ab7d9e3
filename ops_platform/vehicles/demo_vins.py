"""VINs for demo cars: with right check digit and year code, and the flawed kinds that real scrapes hold.

Not here: the check of somebody else's VIN (vin.py). The check digit is worked out apart from it on purpose:
demo data made with the checker's own tables could never show a mistake in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ", dtype=np.uint8)
_DIGITS = np.frombuffer(b"0123456789", dtype=np.uint8)
_CHARACTERS = np.concatenate([_LETTERS, _DIGITS])
_YEAR_CODES = np.frombuffer(b"ABCDEFGHJKLMNPRSTVWXY123456789", dtype=np.uint8)  # A = 2010, 1980, ...
_CHECK_DIGITS = np.frombuffer(b"0123456789X", dtype=np.uint8)
_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
_VALUES = np.zeros(256, dtype=np.int64)
_VALUES[_DIGITS] = range(10)
_VALUES[_LETTERS] = [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)]


def make_vins(
    rng: np.random.Generator,
    *,
    wmis: Sequence[str],
    years: Sequence[int],
    serials: Sequence[int],
    letters_in_serial: NDArray[np.bool_],
) -> list[str]:
    """One VIN of 17 characters for each (WMI, model year 1980..2039, serial 0..999,999).

    The layout is that of 49 CFR 565.15: maker 1-3, description 4-8 (position 7 a letter from 2010 on, a
    digit before), check digit 9, year 10, plant 11, serial 12-17. Where `letters_in_serial` is set,
    position 14 is a letter: the check digit is right, yet the VIN is one that NHTSA's decoder refuses.
    """
    count = len(wmis)
    codes = np.empty((count, 17), dtype=np.uint8)
    codes[:, :3] = np.frombuffer("".join(wmis).encode("ascii"), dtype=np.uint8).reshape(count, 3)
    codes[:, 3:8] = _CHARACTERS[rng.integers(0, len(_CHARACTERS), (count, 5))]
    year = np.asarray(years, dtype=np.int64)
    era_letter = _LETTERS[rng.integers(0, len(_LETTERS), count)]
    era_digit = _DIGITS[rng.integers(0, 10, count)]
    codes[:, 6] = np.where(year >= 2010, era_letter, era_digit)
    codes[:, 9] = _YEAR_CODES[(year - 2010) % 30]
    codes[:, 10] = _LETTERS[rng.integers(0, len(_LETTERS), count)]
    serial = np.asarray(serials, dtype=np.int64)
    for place in range(6):
        codes[:, 16 - place] = _DIGITS[serial // 10**place % 10]
    # The letter takes the place of the digit it stands for, so that distinct serials stay distinct.
    codes[letters_in_serial, 13] = _LETTERS[codes[letters_in_serial, 13] - _DIGITS[0]]
    return _seal(codes)


def _seal(codes: NDArray[np.uint8]) -> list[str]:
    remainders = (_VALUES[codes] * _WEIGHTS).sum(axis=1) % 11
    codes[:, 8] = _CHECK_DIGITS[remainders]
    text = codes.tobytes().decode("ascii")
    return [text[start : start + 17] for start in range(0, len(text), 17)]


def with_wrong_check_digit(vin: str) -> str:
    """The same VIN with another digit at position 9, as a slip of the keyboard leaves it."""
    return f"{vin[:8]}{(int(vin[8]) + 1) % 10 if vin[8].isdigit() else 0}{vin[9:]}"


def as_build_phase(vin: str) -> str:
    """What Toyota and Lexus list for a car not yet built: a letter at position 14 that no VIN may hold."""
    return f"{vin[:13]}{'IOQ'[int(vin[-1]) % 3]}{vin[14:]}"
