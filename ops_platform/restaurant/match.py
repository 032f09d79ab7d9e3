"""Which menu item a name on a bill means: every distinct name once, the surest way first.

What belongs here: the order of the ways and what each is worth. What does not: cleaning (clean_names.py), finding the
nearest items (nearest.py), and storing anything.

    1  the PetPooja id is on the menu             exact   100   id_map
    2  a person decided about the name            manual  100   alias, no_item
    3  the cleaned name and type are an item's    exact   100   exact
    4  the nearest item, if its words agree       fuzzy   < 100 fuzzy
    5  no link; match_confidence then tells how near the best candidate came, and people see three candidates
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

import pandas as pd

from ops_platform.restaurant.clean_names import ONE_PIECE, Cleaned, WordParts, clean_name, parts_of
from ops_platform.restaurant.menu import Alias, Aliases, Menu, MenuItem, id_text
from ops_platform.restaurant.name_rules import NameRules
from ops_platform.restaurant.name_text import norm_name, plain_text
from ops_platform.restaurant.nearest import Near, Sought, find_near, likeness_to_item
from ops_platform.restaurant.spellings import Spellings, rightful, spellings_of

Kind = Literal["item", "addon"]
Band = Literal["automatic", "review", "none"]
EXTRA: Final = "Extra"
REASONS: Final = {
    "id_map": "The bill's PetPooja id is on the menu.",
    "id_name_differs": "The PetPooja id is on the menu, under a name quite unlike the bill's: linked, worth a look.",
    "alias": "A person decided what this name means.",
    "no_item": "A person decided that this name is no menu item.",
    "exact": "The cleaned name, type and size are on the menu.",
    "variant_missing": "The item is on the menu, but not in this size.",
    "other_type": "The name is on the menu under another type than the name suggests, and only there.",
    "fuzzy": "The same words as an item's up to slips of the finger, and no other item is as near.",
    "margin": "Two items are about equally near.",
    "words": "The nearest item has other words, or more or fewer of them.",
    "diet": "The nearest item differs in a diet word (Eggless, Contains Alcohol).",
    "type": "The nearest item is of another type.",
    "double": "The nearest item is one that the rules call otherwise, and what they call it is not on the menu.",
    "below_automatic": "The same words, but less sure than the setting restaurant.automatic_from asks for.",
    "below_review": "Nothing on the menu is near.",
    "empty": "The name holds no letter or digit.",
}
"""Each code in the column `reason` and what it tells a person."""

RESULT_COLUMNS: Final = (
    *("clean_name", "clean_type", "clean_variant", "menu_item_id", "variant_id", "match_confidence", "match_method"),
    *("band", "reason", "candidates"),
)
_SURE: Final = 100.0
_ID_NAME_DIFFERS: Final = 85.0
_NAME_DIFFERS_BELOW: Final = 50.0  # likeness: a new spelling is above, another product below
_LESS: Final = 5.0  # how much less sure a link is whose size or type does not fit


@dataclass(frozen=True)
class MatchLimits:
    """When a fuzzy match is linked. All 0 to 100.

    automatic_from: confidence of a link; review_from: likeness, below it nothing is near; margin: how much likelier
    than the second item the first must be. Raises ValueError when they contradict each other.
    """

    automatic_from: float = 90.0
    review_from: float = 70.0
    margin: float = 5.0

    def __post_init__(self) -> None:
        if not 0 <= self.review_from <= self.automatic_from <= 100 or not 0 <= self.margin <= 100:
            raise ValueError(f"the limits must be 0 <= review_from <= automatic_from <= 100, got {self}")


class NameMatch(NamedTuple):
    """What became of a name. Fields are the result columns; confidence is a float here."""

    cleaned: Cleaned
    menu_item_id: int | None
    variant_id: int | None
    confidence: float | None
    method: str | None
    band: Band
    reason: str
    candidates: list[dict[str, Any]]


class _Asked(NamedTuple):
    raw: str
    petpooja_id: str | None
    kind: str
    cleaned: Cleaned
    parts: WordParts
    types: tuple[str, ...]


def match_names(
    names: pd.DataFrame, menu: Menu, aliases: Aliases, rules: NameRules, limits: MatchLimits | None = None
) -> pd.DataFrame:
    """Match names to the menu. Returns `names` with RESULT_COLUMNS added, rows and index as they came.

    names: name_raw (text), petpooja_id (text, number or missing), kind ('item' or 'addon').
    clean_*: text. menu_item_id, variant_id: int or None. match_confidence: Decimal with two places, or None.
    match_method: exact, fuzzy, manual, or None exactly when menu_item_id is None. band: automatic, review (a person
    should look), none (nothing near). reason: a code of REASONS. candidates: up to three of {menu_item_id, name,
    type, variant, score}, best first; variant is the name's own, score the likeness.
    """
    limits = limits or MatchLimits()
    columns = (names["name_raw"], names["petpooja_id"], names["kind"])
    keys = [(str(raw), id_text(number), str(kind)) for raw, number, kind in zip(*columns, strict=True)]
    distinct = list(dict.fromkeys(keys))
    matches = _match_distinct([_asked(*key, rules) for key in distinct], menu, aliases, rules, limits)
    rows = {key: _row(match) for key, match in zip(distinct, matches, strict=True)}
    results = pd.DataFrame([rows[key] for key in keys], columns=list(RESULT_COLUMNS), index=names.index, dtype=object)
    return pd.concat([names.drop(columns=[c for c in RESULT_COLUMNS if c in names]), results], axis=1)


def _match_distinct(
    asked: Sequence[_Asked], menu: Menu, aliases: Aliases, rules: NameRules, limits: MatchLimits
) -> list[NameMatch]:
    found = [_without_search(one, menu, aliases, rules) for one in asked]
    active = menu.only(item for item in menu.items.values() if item.is_active)
    # What is sold no more is only meant where nothing that is sold fits: bills of last year.
    for part in (active, menu) if len(active.items) < len(menu.items) else (menu,):
        places = [place for place, match in enumerate(found) if match is None or _is_open(match)]
        answers = _by_name([asked[place] for place in places], spellings_of(part, rules), menu, limits)
        for place, answer in zip(places, answers, strict=True):
            if found[place] is None or answer.menu_item_id is not None:
                found[place] = answer
    return [match for match in found if match is not None]


def _is_open(match: NameMatch) -> bool:
    return match.menu_item_id is None and match.reason != "no_item"


def _asked(raw: str, petpooja_id: str | None, kind: str, rules: NameRules) -> _Asked:
    cleaned = clean_name(raw, rules)
    types: tuple[str, ...] = (cleaned.type,)
    if kind == "addon":
        # Add-ons are extras unless their name says otherwise, and come one by one.
        types = tuple(dict.fromkeys((EXTRA, cleaned.type)))
        kind_of_it = cleaned.type if cleaned.type_known else EXTRA
        cleaned = cleaned._replace(type=kind_of_it, variant=cleaned.variant if cleaned.variant_known else ONE_PIECE)
    return _Asked(raw, petpooja_id, kind, cleaned, parts_of(cleaned.name, rules), types)


def _without_search(one: _Asked, menu: Menu, aliases: Aliases, rules: NameRules) -> NameMatch | None:
    """By id or by what a person said."""
    link = (menu.by_addonid if one.kind == "addon" else menu.by_itemid).get(one.petpooja_id or "")
    alias = aliases.by_name.get(norm_name(one.raw)) if aliases.by_name else None
    if link is not None:
        item = menu.items[link[0]]
        likeness = likeness_to_item(one.parts, item, rules)
        if likeness >= _NAME_DIFFERS_BELOW:
            return _linked(one, item, link[1], _SURE, "exact", "id_map")
        if alias is None:
            # Ids are stable and names change, but a till may also give an id away to another product.
            match = _linked(one, item, link[1], _ID_NAME_DIFFERS, "exact", "id_name_differs")
            return match._replace(band="review", candidates=[_candidate(one, item, likeness)])
    return None if alias is None else _decided(one, alias, menu)


def _decided(one: _Asked, alias: Alias, menu: Menu) -> NameMatch:
    if alias.menu_item_id is None:
        return NameMatch(one.cleaned, None, None, None, None, "none", "no_item", [])
    item = menu.items.get(alias.menu_item_id)
    candidates = [] if item is None else [_candidate(one, item, _SURE)]
    return NameMatch(
        one.cleaned, alias.menu_item_id, alias.variant_id, _SURE, "manual", "automatic", "alias", candidates
    )


def _by_name(asked: Sequence[_Asked], index: Spellings, menu: Menu, limits: MatchLimits) -> Iterator[NameMatch]:
    exact = [_exact(one, index, menu) for one in asked]
    searched = [one for one, match in zip(asked, exact, strict=True) if match is None]
    near = iter(find_near([Sought(one.parts, one.types) for one in searched], index))
    for one, match in zip(asked, exact, strict=True):
        yield match or _fuzzy(one, next(near), menu, limits)


def _exact(one: _Asked, index: Spellings, menu: Menu) -> NameMatch | None:
    same = index.verbatim.get(parts_of(plain_text(one.raw), index.rules)) if index.verbatim else None
    if same:
        # The size is part of the item's name, and no variant of it.
        item = rightful(same, one.types)
        if item is not None and len(item.variants) == 1:
            return _linked(one, item, next(iter(item.variants.values())), _SURE, "exact", "exact")
    found = index.exact.get(one.parts, ()) if one.parts.words else ()
    item = rightful(found, one.types, one.cleaned.variant)
    if item is None or (item.type not in one.types and one.cleaned.type_known):
        return None
    reason = "exact" if item.type in one.types else "other_type"
    return _in_size(one, item, menu, _SURE if reason == "exact" else _SURE - _LESS, "exact", reason)


def _fuzzy(one: _Asked, near: Sequence[Near], menu: Menu, limits: MatchLimits) -> NameMatch:
    candidates = [_candidate(one, found.item, found.score) for found in near]
    reason = why_not(near, limits)
    best = near[0] if near else None
    if best is not None and reason is None:
        match = _in_size(one, best.item, menu, best.confidence, "fuzzy", "fuzzy")
        assert match.confidence is not None
        if match.confidence >= limits.automatic_from:
            return match._replace(candidates=candidates)
        reason = "below_automatic"
    # How near the best one came; a name that is not linked never looks as if it were sure.
    nearness = None if best is None else min(best.score, max(limits.automatic_from - 0.01, 0.0))
    band: Band = "none" if best is None or best.score < limits.review_from else "review"
    return NameMatch(one.cleaned, None, None, nearness, None, band, reason or "empty", candidates)


def why_not(near: Sequence[Near], limits: MatchLimits) -> str | None:
    """Why the nearest item is not linked without a person; None when it may be."""
    if not near:
        return "empty"
    best, others = near[0], near[1:]
    objections = {
        "below_review": best.score < limits.review_from,
        "double": not best.is_rightful,
        "type": not best.same_type,
        "diet": best.words_but_diet,
        "words": not best.same_words,
        "margin": any(_rivals(other, best, limits) for other in others),
    }
    return next((reason for reason, holds in objections.items() if holds), None)


def _rivals(other: Near, best: Near, limits: MatchLimits) -> bool:
    return (other.same_words and other.same_type) or best.score - other.score < limits.margin


def _in_size(one: _Asked, item: MenuItem, menu: Menu, confidence: float, method: str, reason: str) -> NameMatch:
    """A link in the size the name states, whether the item is sold in it or not; None where nobody knows the size."""
    variant = one.cleaned.variant
    if variant in item.variants:
        return _linked(one, item, item.variants[variant], confidence, method, reason)
    return _linked(one, item, menu.variant_ids.get(variant), confidence - _LESS, method, "variant_missing")


def _linked(
    one: _Asked, item: MenuItem, variant_id: int | None, confidence: float, method: str, reason: str
) -> NameMatch:
    candidates = [_candidate(one, item, _SURE)]
    return NameMatch(one.cleaned, item.menu_item_id, variant_id, confidence, method, "automatic", reason, candidates)


def _candidate(one: _Asked, item: MenuItem, score: float) -> dict[str, Any]:
    return {
        "menu_item_id": item.menu_item_id,
        "name": item.name,
        "type": item.type,
        "variant": one.cleaned.variant,
        "score": round(float(score), 2),
    }


def _row(match: NameMatch) -> tuple[Any, ...]:
    confidence = None if match.confidence is None else Decimal(f"{match.confidence:.2f}")
    return (*match.cleaned[:3], match.menu_item_id, match.variant_id, confidence, *match[4:])
