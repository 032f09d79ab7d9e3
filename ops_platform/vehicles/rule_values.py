"""How single values of filtering_rules are written: words with several spellings, lists, bounds, ranges.

What belongs here: reading one value and the types the rules are made of. What does not: the rules as a whole
(rules.py).

The values 0 (prices), 999,999 (price_range) and 999 (days_on_lot) are how the operator's configurations
write "no bound".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ops_platform.core.text import fold_key
from ops_platform.vehicles.rule_errors import suggestion

_NO_PRICE_LIMIT: Final = 999_999
_NO_DAYS_LIMIT: Final = 999

_TYPE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "new": ("new",),
    "po": ("po",),
    "preowned": ("po",),
    "cpo": ("cpo",),
    "certified": ("cpo",),
    "certifiedpreowned": ("cpo",),
    "used": ("po", "cpo"),
}
_CONDITION_WORDS: Final[dict[str, tuple[str, ...]]] = {
    **_TYPE_WORDS,
    "onlot": ("onlot",),
    "offlot": ("offlot",),
    "unknown": ("unknown",),
}


def _folded_set(value: object) -> tuple[str, ...] | None:
    texts = _texts(value)
    return None if texts is None else tuple(sorted({fold_key(text) for text in texts}))


def _vehicle_types(value: object) -> tuple[str, ...] | None:
    return _words(value, _TYPE_WORDS)


def _conditions(value: object) -> tuple[str, ...] | None:
    return _words(value, _CONDITION_WORDS)


def _words(value: object, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    texts = _texts(value)
    if texts is None:
        return None
    for text in texts:
        if fold_key(text) not in known:
            raise ValueError(f'"{text}" is not known{suggestion(fold_key(text), known)}')
    return tuple(sorted({meant for text in texts for meant in known[fold_key(text)]}))


def _texts(value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError('must be a list of texts, for example ["new", "used"]')
    if not all(fold_key(item) for item in value):
        raise ValueError("holds an empty text")
    return list(value)


def _not_empty(value: Collection[str] | None) -> Collection[str] | None:
    if value is not None and not value:
        raise ValueError("an empty list would admit no car; leave the key out to admit all")
    return value


def _lower_case(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _price_limit(value: float | None) -> float | None:
    return None if value in (0, _NO_PRICE_LIMIT) else value


def _days_limit(value: int | None) -> int | None:
    return None if value == _NO_DAYS_LIMIT else value


LowerCase = BeforeValidator(_lower_case)
Excluded = Annotated[tuple[str, ...], BeforeValidator(_folded_set)]
ExcludedConditions = Annotated[tuple[str, ...], BeforeValidator(_conditions)]
Included = Annotated[tuple[str, ...] | None, BeforeValidator(_folded_set), AfterValidator(_not_empty)]
VehicleTypes = Annotated[tuple[str, ...] | None, BeforeValidator(_vehicle_types), AfterValidator(_not_empty)]
Price = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Days = Annotated[int, Field(strict=True, ge=0)]
ModelYear = Annotated[int, Field(strict=True, ge=1900, le=2100)]


class PriceRange(BaseModel):
    """`{"min": dollars, "max": dollars}`, both ends included; a max of 0 or 999,999 means no bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Price | None = None
    max: Annotated[Price | None, AfterValidator(_price_limit)] = None


class DaysOnLot(BaseModel):
    """`{"min": days, "max": days}` since the car came into stock, both ends included; 999 means no bound."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Days | None = None
    max: Annotated[Days | None, AfterValidator(_days_limit)] = None
