"""The rules of cleaning names, read from a CSV text and checked: what people know about names, as data.

What belongs here: reading and checking a set. What does not: the rules themselves (data/name_rules.csv, shipped with
the package as its code is), and applying them (clean_names.py).

A row is `rule_set,step,pattern,replacement,source,note`; rows of a step work in the order of the file. rule_set says
who uses it: `seed` (the shop's design text), `operator` (how the shop's people call things, proven by verified names)
or `both`. `STEPS` tells what pattern and replacement mean. Patterns are regular expressions, capitals do not matter.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from ops_platform.restaurant.name_text import words_of

RuleSet = Literal["seed", "operator"]
TYPES: Final = ("Ice Cream", "Dessert", "Drinks", "Extra", "Combo", "Service")
DEFAULT_TYPE: Final = "Ice Cream"
STEPS: Final = {
    "typo": "text -> text: slips that are the same everywhere",
    "occasion": "text that is dropped: an occasion's edition is the same item; the replacement is empty",
    "variant": "a whole size phrase, at the end or between brackets -> variant; sizes are written 200ml, 60gms, 2pcs",
    "variant_bracketed": "the same, but only between brackets",
    "variant_default": "a name that states no size -> variant",
    "rename": "text -> text: names the shop uses for one item",
    "flavour": "a flavour without diet words and 'ice cream' -> its name; Eggless is kept in front",
    "eggless_flavour": "the same for a flavour sold only without egg, so that a missing Eggless says nothing",
    "type": "text in the name -> type; the first that fits, else Ice Cream",
    "ending": "text -> text for names of the type Ice Cream",
    "sized_ending": "text -> text for names of the type Ice Cream that come in a scoop or tub",
    "diet": "words -> what they say about a diet; two names that differ in it are two items",
    "generic": "words that say nothing about the flavour; the replacement is empty",
    "spelling": "a word that is put right when it is one or two slips off; the replacement is empty",
    "word": "words that are no slip of another however near they are (Mocha, Mochi); the replacement is empty",
}
_COLUMNS: Final = ("rule_set", "step", "pattern", "replacement", "source", "note")
_DROPPING: Final = frozenset({"occasion", "generic", "spelling", "word"})
_FLAVOURS: Final = frozenset({"flavour", "eggless_flavour"})
_VARIANTS: Final = frozenset({"variant", "variant_bracketed", "variant_default"})
_VARIANT: Final = re.compile(r"(?:[A-Z0-9_]|\\[0-9])+")
_NOTHING: Final = re.compile("(?!)")
_SHIPPED: Final = "data/name_rules.csv"


class NameRulesError(ValueError):
    """Rules that cannot be used. `problems`: one sentence each, with the line of the file."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("name rules: " + "; ".join(problems))


class Rule(NamedTuple):
    """One rule: what is looked for, and what it becomes."""

    pattern: re.Pattern[str]
    replacement: str


class Flavour(NamedTuple):
    """A flavour as it is written (without diet words and 'ice cream'), and its name on the menu."""

    text: str
    name: str
    only_eggless: bool


@dataclass(frozen=True, eq=False)
class NameRules:
    """A checked set of rules; compared by identity, so that what was cleaned with it can be remembered."""

    rule_set: str
    typos: tuple[Rule, ...] = ()
    occasions: tuple[Rule, ...] = ()
    variants: tuple[Rule, ...] = ()
    bracketed_variants: tuple[Rule, ...] = ()
    default_variants: tuple[Rule, ...] = ()
    renames: tuple[Rule, ...] = ()
    types: tuple[Rule, ...] = ()
    endings: tuple[Rule, ...] = ()
    sized_endings: tuple[Rule, ...] = ()
    diets: tuple[Rule, ...] = ()
    generics: tuple[Rule, ...] = ()
    flavours: tuple[Flavour, ...] = ()
    flavour_of: dict[tuple[str, ...], Flavour] = field(default_factory=dict)
    spellings: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    any_variant: re.Pattern[str] = _NOTHING
    any_diet: re.Pattern[str] = _NOTHING

    def flavour(self, words: tuple[str, ...]) -> Flavour | None:
        """The flavour these words (`name_text.words_of`) are, if one is known by them."""
        return self.flavour_of.get(words)


@functools.cache
def load_rules(rule_set: RuleSet = "seed") -> NameRules:
    """The shipped rules of `seed` or `operator`. Raises NameRulesError for another name."""
    text = importlib.resources.files(__package__).joinpath(_SHIPPED).read_text("utf-8")
    return parse_rules(text, rule_set)


def parse_rules(text: str, rule_set: RuleSet) -> NameRules:
    """The rules of `rule_set` in the CSV text `text`. Raises NameRulesError with everything that is wrong."""
    problems: list[str] = []
    if rule_set not in ("seed", "operator"):
        raise NameRulesError([f'there is no rule set "{rule_set}"; use seed or operator'])
    rows = list(_rows(text, problems))
    for line, row in rows:
        problems += [f"line {line}: {problem}" for problem in _problems(row)]
    problems += _repeated(rows)
    if problems:
        raise NameRulesError(problems)
    return _assembled([row for _line, row in rows if row["rule_set"] in (rule_set, "both")], rule_set)


def _rows(text: str, problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = tuple(next(reader, ()))
        if header != _COLUMNS:
            problems.append(f"line 1: the columns are {', '.join(header) or 'missing'}; they must be {_COLUMNS}")
            return
        for cells in reader:
            if len(cells) == len(_COLUMNS):
                yield reader.line_num, dict(zip(_COLUMNS, cells, strict=True))
            elif cells:
                problem = f"{len(cells)} cells instead of {len(_COLUMNS)}; quote a pattern with commas"
                problems.append(f"line {reader.line_num}: {problem}")
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")


def _problems(row: dict[str, str]) -> Iterator[str]:
    step, pattern, replacement = row["step"], row["pattern"], row["replacement"]
    if row["rule_set"] not in ("seed", "operator", "both"):
        yield f'rule_set "{row["rule_set"]}" is not one of seed, operator, both'
    if step not in STEPS:
        yield f'unknown step "{step}"; known are {", ".join(STEPS)}'
        return
    if step in _FLAVOURS:
        if not words_of(pattern) or not words_of(replacement):
            yield f'the {step} needs a flavour and its name, it has "{pattern}" and "{replacement}"'
        return
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        yield f'the pattern "{pattern}" is no regular expression: {error}'
        return
    if compiled.search("") is not None:
        yield f'the pattern "{pattern}" fits an empty text'
    if problem := _replacement_problem(step, replacement, compiled):
        yield problem


def _replacement_problem(step: str, replacement: str, pattern: re.Pattern[str]) -> str | None:
    if step in _DROPPING:
        return f'{step} only drops; "{replacement}" cannot stand for it' if replacement else None
    if not replacement and step != "rename":
        return f"the {step} has no replacement"
    if step == "type" and replacement not in TYPES:
        return f'"{replacement}" is no type; known are {", ".join(TYPES)}'
    if step in _VARIANTS and not _VARIANT.fullmatch(replacement):
        return f'"{replacement}" is no variant; write one like REGULAR_TUB_300ML'
    try:
        pattern.sub(replacement, "")
    except (re.error, IndexError) as error:
        return f'the replacement "{replacement}" does not suit the pattern: {error}'
    return None


def _repeated(rows: list[tuple[int, dict[str, str]]]) -> Iterator[str]:
    """A rule that can never work, because an earlier one of the same set and step has its pattern."""
    first: dict[tuple[str, str, str], int] = {}
    for line, row in rows:
        key = (row["rule_set"], row["step"], row["pattern"].casefold())
        if (other := first.setdefault(key, line)) != line:
            yield f"line {line}: the same {row['step']} stands in line {other}"


def _assembled(rows: list[dict[str, str]], rule_set: str) -> NameRules:
    def rules(step: str) -> tuple[Rule, ...]:
        chosen = [row for row in rows if row["step"] == step]
        # What one set says goes before what both say: `perfect plenty 300ml` has two meanings.
        chosen.sort(key=lambda row: row["rule_set"] == "both")
        return tuple(Rule(re.compile(row["pattern"], re.IGNORECASE), row["replacement"]) for row in chosen)

    flavours = tuple(
        Flavour(row["pattern"], row["replacement"], row["step"] == "eggless_flavour")
        for row in rows
        if row["step"] in _FLAVOURS
    )
    return NameRules(
        rule_set=rule_set,
        typos=rules("typo"),
        occasions=rules("occasion"),
        variants=rules("variant"),
        bracketed_variants=rules("variant_bracketed"),
        default_variants=rules("variant_default"),
        renames=rules("rename"),
        types=rules("type"),
        endings=rules("ending"),
        sized_endings=rules("sized_ending"),
        diets=rules("diet"),
        generics=rules("generic"),
        flavours=flavours,
        flavour_of={words_of(flavour.text): flavour for flavour in flavours},
        spellings=tuple(row["pattern"] for row in rows if row["step"] == "spelling"),
        any_diet=_any([*rules("diet")]),
        any_variant=_any([*rules("variant"), *rules("variant_bracketed")]),
        words=frozenset(word for row in rows if row["step"] == "word" for word in words_of(row["pattern"])),
    )


def _any(rules: list[Rule]) -> re.Pattern[str]:
    """One pattern for "does any of them fit"."""
    return re.compile("|".join(f"(?:{rule.pattern.pattern})" for rule in rules) or _NOTHING.pattern, re.IGNORECASE)
