"""`ops restaurant evaluate`: how good matching is on names that people have verified; files only, no database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ops_platform.cli.errors import CommandError
from ops_platform.cli.output import line, print_json, print_table
from ops_platform.restaurant.evaluate import Evaluation, EvaluationError, Miss, evaluate, read_labels, read_menu
from ops_platform.restaurant.match import MatchLimits
from ops_platform.restaurant.name_rules import load_rules

_SHOWN = 40


def evaluate_file(
    labels_file: Path,
    menu_file: Path,
    *,
    rules: Literal["seed", "operator"],
    automatic_from: float,
    open_world: bool,
    as_json: bool,
) -> None:
    """Measure on the labels of one file against the menu of another, and show or print the figures."""
    try:
        labels = read_labels(labels_file.read_bytes(), str(labels_file))
        menu = read_menu(menu_file.read_bytes(), str(menu_file))
    except EvaluationError as error:
        raise CommandError(str(error)) from None
    limits = MatchLimits(automatic_from=automatic_from)
    found = evaluate(labels, menu, load_rules(rules), limits, open_world=open_world)
    if as_json:
        print_json({"labels": str(labels_file), "menu": str(menu_file), "rules": rules, **found.as_dict()})
        return
    print_table("", ["", "share", "names"], _figures(found), right=["share", "names"])
    _misses("The best candidate is not the verified item", found.confusions)
    _misses("Linked without a person, and wrong", found.wrong_links)
    _misses("Linked to another item when the right one is not on the menu", found.open_world_links)


def _figures(found: Evaluation) -> list[list[str]]:
    def row(what: str, share: float, count: float) -> list[str]:
        return [what, f"{share:.1%}", f"{round(count):,}"]

    count = found.n
    rows = [
        ["verified names", "", f"{count:,}"],
        row("best candidate is right (name and type)", found.top1, found.top1 * count),
        row("linked without a person", found.coverage, found.automatic),
        row("  of these right", found.automatic_precision, found.automatic - len(found.wrong_links)),
        row("for a person to review", found.review_share, found.review),
        row("nothing near", found.none_share, found.none),
        row("cleaned name is the item's, word for word", found.name_accuracy, found.name_accuracy * count),
        row("type is right", found.type_accuracy, found.type_accuracy * count),
        row("size is right", found.variant_accuracy, found.variant_accuracy * count),
    ]
    if found.open_world_automatic is not None:
        what = "linked all the same when their item is off the menu"
        rows.append(row(what, found.open_world_automatic, len(found.open_world_links)))
    return rows


def _misses(title: str, misses: Sequence[Miss]) -> None:
    if not misses:
        return
    columns = ["name on the bill", "verified", "got", "score", "band", "why"]
    rows = [miss._replace(score=None if miss.score is None else round(miss.score, 1)) for miss in misses[:_SHOWN]]
    print_table(title, columns, rows, right=["score"], whole=["band"])
    if len(misses) > _SHOWN:
        line(f"{len(misses) - _SHOWN:,} more; --json prints all.")
