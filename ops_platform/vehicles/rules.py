"""The `filtering_rules` of a dealership: which cars an order may hold.

What belongs here: the closed list of rule keys, their other names, what they mean together, and how a job's
additional filters tighten them. What does not: how single values are written (rule_values.py), applying
rules to cars (eligibility.py), output_rules (output_rules.py).

The keys are those of the owner's guide and of the operator's own configurations.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    model_validator,
)

from ops_platform.vehicles.output_rules import OutputRules, parse_output_rules
from ops_platform.vehicles.rule_errors import RulesError, parse_model
from ops_platform.vehicles.rule_values import (
    Days,
    DaysOnLot,
    Excluded,
    ExcludedConditions,
    Included,
    LowerCase,
    ModelYear,
    Price,
    PriceRange,
    VehicleTypes,
)

__all__ = [
    "DEFAULT_DAYS_BACK",
    "FilteringRules",
    "OutputRules",
    "RulesError",
    "parse_filters",
    "parse_output_rules",
    "parse_rules",
]

DEFAULT_DAYS_BACK: Final = 7
"""A dealership's cars must have been in a scrape within so many days, unless its rules say otherwise."""

Bound = TypeVar("Bound", int, float)
Range = TypeVar("Range", PriceRange, DaysOnLot)


class FilteringRules(BaseModel):
    """Which cars are eligible. Texts compare by `fold_key`; None is no restriction; bounds are inclusive.

    A NULL price fails only when a price bound over 0 is set or exclude_missing_price is. exclude_conditions
    tests a car's condition (new, po, cpo) and its lot status (onlot, offlot, unknown). `used` means po and
    cpo. `order_type` cao ("comparative analysis order") leaves out cars that were ordered before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    exclude_conditions: ExcludedConditions = ()
    vehicle_types: VehicleTypes = None
    allowed_vehicle_types: VehicleTypes = None
    require_stock: StrictBool = False
    exclude_missing_stock: StrictBool = Field(
        False, validation_alias=AliasChoices("exclude_missing_stock", "exclude_missing_stock_number")
    )
    exclude_missing_price: StrictBool = False
    exclude_in_transit: StrictBool = False
    exclude_status: Excluded = ()
    min_price: Price | None = None
    max_price: Annotated[Price | None, AfterValidator(lambda price: price or None)] = None
    price_range: PriceRange = PriceRange()
    year_min: ModelYear | None = Field(None, validation_alias=AliasChoices("year_min", "min_year"))
    year_max: ModelYear | None = Field(None, validation_alias=AliasChoices("year_max", "max_year"))
    exclude_makes: Excluded = ()
    include_only_makes: Included = None
    exclude_models: Excluded = ()
    days_back: Days | None = DEFAULT_DAYS_BACK
    seasoning_days: Days = 0
    days_on_lot: DaysOnLot = DaysOnLot()
    order_type: Annotated[Literal["list", "cao"], LowerCase] = "list"
    notes: StrictStr | None = None

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        problems = list(_contradictions(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def lowest_price(self) -> float | None:
        """The lowest price allowed in dollars, or None; of min_price and price_range, 0 meaning no bound."""
        return _highest(self.min_price, self.price_range.min) or None

    @property
    def highest_price(self) -> float | None:
        """The highest price allowed in dollars, or None; of max_price and price_range."""
        return _lowest(self.max_price, self.price_range.max)

    @property
    def types(self) -> tuple[str, ...] | None:
        """The conditions allowed (new, po, cpo), or None for all; of both keys that name them."""
        return _common(self.vehicle_types, self.allowed_vehicle_types)

    @property
    def needs_stock(self) -> bool:
        """Whether a car without a stock number is out."""
        return self.require_stock or self.exclude_missing_stock

    @property
    def lowest_days_on_lot(self) -> int:
        """How many days a car must have been in stock; of seasoning_days and days_on_lot."""
        return _highest(self.seasoning_days, self.days_on_lot.min) or 0

    def stricter(self, other: FilteringRules) -> FilteringRules:
        """Both rule sets at once: a car is eligible under the result only if it is under each.

        Never fails: filters that contradict a dealership's rules admit no car, which the job then reports.
        """
        merged = {name: merge(getattr(self, name), getattr(other, name)) for name, merge in _MERGES.items()}
        return self.model_copy(update=merged)


def parse_rules(value: object, where: str) -> FilteringRules:
    """Read a dealership's filtering_rules from JSON data.

    `where` opens every message, e.g. `dealership "X", filtering_rules`. Raises RulesError with every wrong
    key or value at once, the nearest right name where there is one.
    """
    return parse_model(FilteringRules, value, where)


def parse_filters(value: object, where: str) -> FilteringRules:
    """Read a job's additional filters: the same keys, but what is not named restricts nothing.

    Only `days_back` has a default that restricts; here it is no bound, so that `rules.stricter(filters)` of
    a dealership with days_back 30 stays at 30. None is no filter. Raises RulesError like `parse_rules`.
    """
    if value is None or isinstance(value, Mapping):
        value = {"days_back": None, **(value or {})}
    return parse_model(FilteringRules, value, where)


def _contradictions(rules: FilteringRules) -> Iterator[str]:
    low_price = "min_price" if rules.min_price == rules.lowest_price else "price_range.min"
    high_price = "max_price" if rules.max_price == rules.highest_price else "price_range.max"
    low_days = "seasoning_days" if rules.seasoning_days == rules.lowest_days_on_lot else "days_on_lot.min"
    for low, high, low_name, high_name in (
        (rules.lowest_price, rules.highest_price, low_price, high_price),
        (rules.year_min, rules.year_max, "year_min", "year_max"),
        (rules.lowest_days_on_lot, rules.days_on_lot.max, low_days, "days_on_lot.max"),
    ):
        if low is not None and high is not None and low > high:
            yield f"{low_name} {low:.10g} is over {high_name} {high:.10g}, so no car could be eligible"
    if rules.types is not None and set(rules.types) <= set(rules.exclude_conditions):
        yield "exclude_conditions excludes all that vehicle_types allows, so no car could be eligible"
    makes = rules.include_only_makes
    if makes is not None and set(makes) <= set(rules.exclude_makes):
        yield "exclude_makes excludes all of include_only_makes, so no car could be eligible"


def _highest(a: Bound | None, b: Bound | None) -> Bound | None:
    return max((value for value in (a, b) if value is not None), default=None)


def _lowest(a: Bound | None, b: Bound | None) -> Bound | None:
    return min((value for value in (a, b) if value is not None), default=None)


def _common(a: tuple[str, ...] | None, b: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if a is None or b is None:
        return b if a is None else a
    return tuple(sorted(set(a) & set(b)))


def _union(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*a, *b}))


def _narrower(a: Range, b: Range) -> Range:
    return a.model_copy(update={"min": _highest(a.min, b.min), "max": _lowest(a.max, b.max)})


def _cao_if_any(a: str, b: str) -> str:
    return "cao" if "cao" in (a, b) else "list"


def _all_notes(a: str | None, b: str | None) -> str | None:
    return "\n".join(sorted({line for note in (a, b) if note for line in note.split("\n")})) or None


_MERGES: Final[dict[str, Callable[[Any, Any], object]]] = {
    "exclude_conditions": _union,
    "vehicle_types": _common,
    "allowed_vehicle_types": _common,
    "require_stock": operator.or_,
    "exclude_missing_stock": operator.or_,
    "exclude_missing_price": operator.or_,
    "exclude_in_transit": operator.or_,
    "exclude_status": _union,
    "min_price": _highest,
    "max_price": _lowest,
    "price_range": _narrower,
    "year_min": _highest,
    "year_max": _lowest,
    "exclude_makes": _union,
    "include_only_makes": _common,
    "exclude_models": _union,
    "days_back": _lowest,
    "seasoning_days": _highest,
    "days_on_lot": _narrower,
    "order_type": _cao_if_any,
    "notes": _all_notes,
}
