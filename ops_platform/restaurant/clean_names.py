"""From the name on a bill to name, type and variant, by the rules of name_rules.py.

What belongs here: the order in which rules work. What does not: the rules, and finding the menu item (match.py).

Names are cleaned until nothing changes any more, so that cleaning a clean name changes nothing. No text makes it
raise, and no name comes out empty: a text of which nothing would remain stays as it is.
"""

from __future__ import annotations

import functools
import re
from typing import Final, NamedTuple, TypedDict

from ops_platform.restaurant.likeness import is_plural, is_slip
from ops_platform.restaurant.name_rules import DEFAULT_TYPE, NameRules, Rule, load_rules
from ops_platform.restaurant.name_text import plain_text, words_of

ONE_PIECE: Final = "1_PIECE"
_LONGEST: Final = 500  # characters of order_items.name_raw; what is longer is no name and stays as it is
_MOST_PASSES: Final = 100  # rules that undo each other must end too; real names need two
_LONGEST_PHRASE: Final = 6  # words of the longest size: perfect plenty ( 300 ml )
_ICE_CREAM_SIZE: Final = re.compile(r"SCOOP|TUB|PERFECT_PLENTY")
_BRACKETED: Final = re.compile(r"[(\[]((?:[^()\[\]]|[(\[][^()\[\]]*[)\]])*)[)\]]")
_TOKEN: Final = re.compile(r"[^\s()\[\]]+")
_UNITS: Final = (
    (re.compile(r"(?<=[0-9])\s*(?:millilit(?:er|re)s?|ml)\b"), "ml"),
    (re.compile(r"(?<=[0-9])\s*(?:kilograms?|kgs?)\b"), "kg"),
    (re.compile(r"(?<=[0-9])\s*(?:grams?|gms?|gr?)\b"), "gms"),
    (re.compile(r"(?<=[0-9])\s*(?:pieces?|piec|pcs?)\b"), "pcs"),
    (re.compile(r"\s*\+\s*"), "+"),
)
_LETTERS: Final = re.compile(r"[^\W\d_]{4,}")
_LETTER: Final = re.compile(r"[^\W_]")
_DIGIT: Final = re.compile("[0-9]")
_NO_BRACKETS: Final = str.maketrans("()[]", "    ")
_EMPTY_BRACKETS: Final = re.compile(r"[(\[]\s*[)\]]")
_LOOSE_ENDS: Final = re.compile(r"^[\s,:;|/-]+|[\s,:;|/-]+$")


class CleanedName(TypedDict):
    """What the design's `clean_order_item_name` returns."""

    name: str
    type: str
    variant: str


class Cleaned(NamedTuple):
    """A cleaned name, and where it comes from: type_known, variant_known are False for defaults."""

    name: str
    type: str
    variant: str
    type_known: bool
    variant_known: bool


class WordParts(NamedTuple):
    """A name taken apart: its words without those about a diet, and what the diet words say."""

    words: tuple[str, ...]
    diet: frozenset[str]


def clean_order_item_name(raw: str, rules: NameRules | None = None) -> CleanedName:
    """Return name, type and variant of a raw name; without `rules` those of the shop's design (`seed`)."""
    found = clean_name(raw, load_rules("seed") if rules is None else rules)
    return {"name": found.name, "type": found.type, "variant": found.variant}


@functools.lru_cache(maxsize=65536)
def clean_name(raw: str, rules: NameRules) -> Cleaned:
    """The same with what is known about it. Remembered: bills and menus hold the same names again and again."""
    whole = plain_text(raw)
    if len(whole) > _LONGEST:
        return Cleaned(whole, DEFAULT_TYPE, ONE_PIECE, False, False)
    # Sizes first: what remains is one of few names, whose cleaning is remembered.
    name, variant = _without_sizes(_spelled(whole, rules), rules)
    sized = variant is not None and _ICE_CREAM_SIZE.search(variant) is not None
    settled = _settled(name, sized, rules)
    name = settled.name or whole
    found = variant or (settled.variant if settled.variant_known else None)
    default = _first(rules.default_variants, name) or ONE_PIECE
    return settled._replace(name=name, variant=found or default, variant_known=found is not None)


@functools.lru_cache(maxsize=65536)
def parts_of(name: str, rules: NameRules) -> WordParts:
    """The words of a name and its diet, wherever in the name that stands: `Dates Eggless` is `Eggless Dates`."""
    text, diet = name, set[str]()
    for pattern, meaning in rules.diets if rules.any_diet.search(name) else ():
        text, found = pattern.subn(" ", text)
        if found:
            diet.add(meaning)
    words = words_of(text) if _LETTER.search(text) else ()
    return WordParts(words, frozenset(diet))


def without_generic(name: str, rules: NameRules) -> str:
    """The name without the words that say nothing about the flavour; the name itself when nothing else is in it."""
    text = name
    for pattern, _nothing in rules.generics:
        text = pattern.sub(" ", text)
    return " ".join(text.split()) if _LETTER.search(text) else name


def tidy(text: str) -> str:
    """`text` without empty or unpaired brackets, separators at its ends and doubled spaces."""
    text = _paired(_EMPTY_BRACKETS.sub(" ", text)) if "(" in text or ")" in text or "[" in text else text
    return " ".join(_LOOSE_ENDS.sub("", text).split())


@functools.lru_cache(maxsize=65536)
def _settled(name: str, sized: bool, rules: NameRules) -> Cleaned:
    """The name as it is when no rule changes it any more; one flavour comes in many sizes, so it is remembered."""
    kind = variant = None
    for _ in range(_MOST_PASSES):
        before = name
        name, found = _without_sizes(_corrected(name, rules), rules)
        variant = variant or found
        name = tidy(_replaced(name, rules.renames))
        flavour = _flavour_name(name, rules)
        name = flavour or name
        kind = kind or _first(rules.types, name)
        if flavour is None and kind in (None, DEFAULT_TYPE):
            name = tidy(_replaced(name, rules.endings + (rules.sized_endings if sized else ())))
        if name == before:
            break
    return Cleaned(name, kind or DEFAULT_TYPE, variant or ONE_PIECE, kind is not None, variant is not None)


@functools.lru_cache(maxsize=65536)
def _corrected(name: str, rules: NameRules) -> str:
    return _replaced(_spelled(_replaced(name, rules.typos), rules), rules.occasions)


def _spelled(name: str, rules: NameRules) -> str:
    return _LETTERS.sub(lambda found: _spelled_word(found[0], rules), name) if rules.spellings else name


@functools.lru_cache(maxsize=65536)
def _spelled_word(word: str, rules: NameRules) -> str:
    """The word the rules know that this one is a slip of, else the word."""
    folded = word.casefold()
    if folded in rules.words:
        return word
    for known in rules.spellings:
        if is_slip(folded, known.casefold()) and not is_plural(folded, known.casefold()):
            return known
    return word


def _replaced(text: str, rules: tuple[Rule, ...]) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _first(rules: tuple[Rule, ...], text: str) -> str | None:
    return next((found for pattern, found in rules if pattern.search(text)), None)


def _flavour_name(name: str, rules: NameRules) -> str | None:
    """The menu's name of a known flavour. Another diet than Eggless is another item and stays as it is."""
    if not rules.flavours:
        return None
    words, diet = parts_of(without_generic(name, rules), rules)
    flavour = rules.flavour(words)
    if flavour is None or diet - {"eggless"}:
        return None
    return f"Eggless {flavour.name}" if diet and not flavour.only_eggless else flavour.name


@functools.lru_cache(maxsize=65536)
def _without_sizes(name: str, rules: NameRules) -> tuple[str, str | None]:
    """The name without the sizes it states, and the first of them."""
    variant = None
    while cut := _bracketed_size(name, rules) or _size_at_the_end(name, rules):
        name, found = cut
        variant = variant or found
    return name, variant


def _bracketed_size(name: str, rules: NameRules) -> tuple[str, str] | None:
    """A bracket that is a size, or ends with one after words nobody knows (`Mini Tab (160gms)`): it is all about it."""
    for group in _BRACKETED.finditer(name):
        words = size_phrase(group[1]).split()
        for start in range(len(words)):
            found = _variant_of(" ".join(words[start:]), rules, bracketed=start == 0)
            if found and not parts_of(" ".join(words[:start]), rules).diet:
                return tidy(f"{name[: group.start()]} {name[group.end() :]}"), found
    return None


def _size_at_the_end(name: str, rules: NameRules) -> tuple[str, str] | None:
    """The longest size phrase at the end; brackets inside it need not be whole."""
    tokens = list(_TOKEN.finditer(name))[-_LONGEST_PHRASE:]
    words = size_phrase(name[tokens[0].start() :]).split() if tokens else []
    for start in range(len(words)):
        phrase = " ".join(words[start:])
        if not rules.any_variant.fullmatch(phrase):
            continue
        for token in tokens:
            opened = name[: token.start()].rstrip().endswith(("(", "["))
            found = _variant_of(phrase, rules, bracketed=opened)
            if found and size_phrase(name[token.start() :]) == phrase:
                return tidy(name[: token.start()]), found
    return None


@functools.lru_cache(maxsize=65536)
def size_phrase(text: str) -> str:
    """A size as the rules write it: `Mini Tub (200 ML` is `mini tub 200ml`."""
    phrase = text.lower().translate(_NO_BRACKETS)
    if _DIGIT.search(phrase):
        for pattern, written in _UNITS:
            phrase = pattern.sub(written, phrase)
    return " ".join(phrase.split()).strip("-,. ")


@functools.lru_cache(maxsize=65536)
def _variant_of(phrase: str, rules: NameRules, *, bracketed: bool) -> str | None:
    if not rules.any_variant.fullmatch(phrase):  # most phrases are no size, and there are many sizes
        return None
    for pattern, variant in (*rules.variants, *(rules.bracketed_variants if bracketed else ())):
        if found := pattern.fullmatch(phrase):
            return found.expand(variant).upper()
    return None


def _paired(text: str) -> str:
    """`text` without brackets that have no partner; bills cut names off."""
    opened: list[int] = []
    dropped: set[int] = set()
    for place, char in enumerate(text):
        if char in "([":
            opened.append(place)
        elif char in ")]":
            if opened and (text[opened[-1]] == "(") == (char == ")"):
                opened.pop()
            else:
                dropped.add(place)
    dropped.update(opened)
    return "".join(" " if place in dropped else char for place, char in enumerate(text)) if dropped else text
