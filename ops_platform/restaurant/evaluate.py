"""How good matching is, measured on names whose menu item people have verified.

What belongs here: reading the labels and the menu of such a measurement from the bytes of CSV files, and the figures.
What does not: opening files and printing (cli/restaurant_evaluate.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

import pandas as pd

from ops_platform.restaurant.match import MatchLimits, match_names
from ops_platform.restaurant.menu import Aliases, Menu
from ops_platform.restaurant.name_rules import NameRules
from ops_platform.restaurant.sheets import SheetError, SheetRow, read_sheet

_LABEL_COLUMNS: Final = ("raw_name", "name", "type", "variant")
_MENU_COLUMNS: Final = ("name", "type", "variant")


class EvaluationError(ValueError):
    """A file that cannot be measured with; the message names file, line and column."""


class Label(NamedTuple):
    """A name of a bill and what people say it is."""

    raw_name: str
    name: str
    type: str
    variant: str


class Miss(NamedTuple):
    """A name whose best candidate is not its item. got: name of the best candidate; score: its likeness."""

    raw_name: str
    expected: str
    got: str | None
    score: float | None
    band: str
    reason: str


@dataclass(frozen=True)
class Evaluation:
    """The figures of one measurement. Shares are from 0 to 1; counts are of labels.

    top1: the best candidate, linked or not, is the label's item (name and type). automatic_precision: of the links made
    without a person, how many are right; 1 when none was made. coverage: how many labels were linked so.
    open_world_automatic: with each label's item taken out of the menu, how many labels are linked to another one
    without a person; None when that was not asked for.
    """

    n: int
    top1: float
    automatic_precision: float
    coverage: float
    review_share: float
    none_share: float
    name_accuracy: float
    type_accuracy: float
    variant_accuracy: float
    automatic: int
    review: int
    none: int
    wrong_links: tuple[Miss, ...]
    confusions: tuple[Miss, ...]
    open_world_automatic: float | None = None
    open_world_links: tuple[Miss, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything, for a JSON document."""
        lists = ("wrong_links", "confusions", "open_world_links")
        return {**asdict(self), **{name: [miss._asdict() for miss in getattr(self, name)] for name in lists}}


def read_labels(data: bytes, file: str) -> list[Label]:
    """The labels of a CSV file with raw_name, name, type, variant. Raises EvaluationError with everything wrong."""
    return [Label(*(row.cells[column] for column in _LABEL_COLUMNS)) for row in _rows(data, file, _LABEL_COLUMNS)]


def read_menu(data: bytes, file: str) -> Menu:
    """The menu of a CSV file with name, type, variant, one row an item and variant; ids are places in the file."""
    frame = pd.DataFrame(
        [row.cells for row in _rows(data, file, _MENU_COLUMNS)], columns=list(_MENU_COLUMNS)
    ).drop_duplicates()
    frame["menu_item_id"] = frame.groupby(["name", "type"], sort=False).ngroup() + 1
    frame["variant_id"] = pd.factorize(frame["variant"])[0] + 1
    return Menu.from_frame(frame.assign(is_active=True))


def _rows(data: bytes, file: str, columns: Sequence[str]) -> list[SheetRow]:
    try:
        sheet = read_sheet(data, required=columns, verbatim=("raw_name", "name"))
    except SheetError as error:
        raise EvaluationError(f"{file}: {error}") from None
    problems = [str(problem) for problem in sheet.problems]
    problems += [
        f"line {row.line}, {column}: is empty" for row in sheet.rows for column in columns if not row.cells[column]
    ]
    if not problems and not sheet.rows:
        problems = ["line 1: there is no row below the header"]
    if problems:
        shown = "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else "")
        raise EvaluationError(f"{file}: {shown}")
    return sheet.rows


def evaluate(
    labels: Sequence[Label],
    menu: Menu,
    rules: NameRules,
    limits: MatchLimits | None = None,
    *,
    open_world: bool = False,
) -> Evaluation:
    """Match the labels' raw names by name alone (no ids, no aliases) and compare. There must be at least one label."""
    limits = limits or MatchLimits()
    found = list(_matched(labels, menu, rules, limits))
    count = len(labels)
    bands = [row.band for row in found]
    automatic = [(label, row) for label, row in zip(labels, found, strict=True) if row.band == "automatic"]
    wrong = tuple(_miss(label, row) for label, row in automatic if _got(row) != (label.name, label.type))
    confusions = tuple(
        _miss(label, row) for label, row in zip(labels, found, strict=True) if _got(row) != (label.name, label.type)
    )
    strangers = tuple(_open_world(labels, menu, rules, limits)) if open_world else ()

    def share(agrees: Iterator[bool]) -> float:
        return sum(agrees) / count

    pairs = list(zip(labels, found, strict=True))
    return Evaluation(
        n=count,
        top1=1 - len(confusions) / count,
        automatic_precision=1 - len(wrong) / len(automatic) if automatic else 1.0,
        coverage=len(automatic) / count,
        review_share=bands.count("review") / count,
        none_share=bands.count("none") / count,
        name_accuracy=share(row.clean_name == label.name for label, row in pairs),
        type_accuracy=share(row.clean_type == label.type for label, row in pairs),
        variant_accuracy=share(row.clean_variant == label.variant for label, row in pairs),
        automatic=len(automatic),
        review=bands.count("review"),
        none=bands.count("none"),
        wrong_links=wrong,
        confusions=confusions,
        open_world_automatic=len(strangers) / count if open_world else None,
        open_world_links=strangers,
    )


def _matched(labels: Sequence[Label], menu: Menu, rules: NameRules, limits: MatchLimits) -> Iterator[Any]:
    names = pd.DataFrame({"name_raw": [label.raw_name for label in labels], "petpooja_id": None, "kind": "item"})
    return match_names(names, menu, Aliases(), rules, limits).itertuples(index=False)


def _open_world(labels: Sequence[Label], menu: Menu, rules: NameRules, limits: MatchLimits) -> Iterator[Miss]:
    """Links made without a person where the right item is not on the menu: all of them are wrong."""
    for truth in dict.fromkeys((label.name, label.type) for label in labels):
        mine = [label for label in labels if (label.name, label.type) == truth]
        lacking = menu.only(item for item in menu.items.values() if (item.name, item.type) != truth)
        for label, row in zip(mine, _matched(mine, lacking, rules, limits), strict=True):
            if row.band == "automatic":
                yield _miss(label, row)


def _got(row: Any) -> tuple[str, str] | None:
    return (row.candidates[0]["name"], row.candidates[0]["type"]) if row.candidates else None


def _miss(label: Label, row: Any) -> Miss:
    best = row.candidates[0] if row.candidates else None
    return Miss(
        label.raw_name,
        label.name,
        best and best["name"],
        best and best["score"],
        row.band,
        row.reason,
    )
