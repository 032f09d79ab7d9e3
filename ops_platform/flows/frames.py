"""Frames of a query with their types put right: the database's driver gives every column as objects."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def typed(found: pd.DataFrame, *, floats: Sequence[str], integers: Sequence[str]) -> pd.DataFrame:
    """Return a frame for a data contract: numbers as numbers, everything else as the driver gave it.

    floats: columns of money and shares; one the frame lacks is left out. integers: columns that must be whole
    numbers; one that holds anything else stays object, and the contract says so.
    """
    numbers = {name: pd.to_numeric(found[name], errors="coerce") for name in floats if name in found}
    found = found.assign(**{name: values.astype("float64") for name, values in numbers.items()})
    for name in integers:
        if all(type(value) is int for value in found[name]):
            found[name] = found[name].astype("int64")
    return found
