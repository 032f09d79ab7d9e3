"""The dealerships as shipped: names, QR folders, rules and aliases, read from the text of one YAML file.

What belongs here: reading and checking that text. What does not: opening the file (an adapter reads
`SHIPPED_FILE` of `SHIPPED_PACKAGE` by importlib.resources), the database copy that people edit afterwards,
matching the locations of a scrape (normalize.py).
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from ops_platform.core.logical_paths import join_logical
from ops_platform.core.names import is_safe_file_name
from ops_platform.core.text import fold_key
from ops_platform.vehicles.output_rules import OutputRules
from ops_platform.vehicles.rule_errors import RulesError, parse_model
from ops_platform.vehicles.rules import FilteringRules, parse_output_rules, parse_rules

SHIPPED_PACKAGE: Final = "ops_platform.vehicles"
SHIPPED_FILE: Final = "data/dealerships.yaml"
"""The shipped text: `importlib.resources.files(SHIPPED_PACKAGE).joinpath(SHIPPED_FILE)`."""

_WHERE: Final = "dealerships file"
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C reads the shipped file ten times faster


@dataclass(frozen=True)
class Dealership:
    """One dealership. The two rule objects as JSON data (for the database) and parsed (for use)."""

    name: str
    slug: str
    qr_output_path: str
    filtering_rules: dict[str, Any]
    output_rules: dict[str, Any]
    rules: FilteringRules
    output: OutputRules
    aliases: tuple[str, ...]
    is_active: bool = True


def load_dealerships(text: str) -> list[Dealership]:
    """The dealerships of the file's text, in its order.

    Raises RulesError that names the dealership and the key: not YAML, unknown keys, wrong rules, a folder
    that cannot be one, two dealerships of one name or folder, an alias that means two.
    """
    document = _read(text)
    problems = list(_conflicts(document))
    if problems:
        raise RulesError(_WHERE, problems)
    return [_dealership(slug, entry, document) for slug, entry in document.dealerships.items()]


def load_aliases(text: str) -> dict[str, str | None]:
    """How scrapes spell the dealerships: spelling -> name, or -> None for a location that is no client."""
    document = _read(text)
    aliases: dict[str, str | None] = {
        alias: entry.name for entry in document.dealerships.values() for alias in entry.aliases
    }
    return aliases | dict.fromkeys(document.not_clients)


class _Defaults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    filtering_rules: dict[str, Any] = Field(default_factory=dict)
    output_rules: dict[str, Any] = Field(default_factory=dict)


class _Entry(_Defaults):
    name: StrictStr
    aliases: tuple[StrictStr, ...] = ()
    qr_output_path: StrictStr | None = None
    is_active: StrictBool = True


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    qr_root: StrictStr
    defaults: _Defaults = _Defaults()
    dealerships: dict[StrictStr, _Entry]
    not_clients: tuple[StrictStr, ...] = ()


class _StrictLoader(_SafeLoader):  # type: ignore[misc]  # which of the two is known at run time only
    """YAML in which a key given twice is an error: the second entry would silently replace a dealership."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'the key "{key}" is given twice', key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


@functools.lru_cache(maxsize=2)  # dealerships and aliases are asked for one after the other, at each start
def _read(text: str) -> _Document:
    try:
        value = yaml.load(text, _StrictLoader)  # noqa: S506  a SafeLoader, only stricter
    except yaml.YAMLError as error:
        raise RulesError(_WHERE, [f"is not YAML: {error}"]) from None
    return parse_model(_Document, value, _WHERE)


def _dealership(slug: str, entry: _Entry, document: _Document) -> Dealership:
    filtering = _with_defaults(document.defaults.filtering_rules, entry.filtering_rules)
    output = _with_defaults(document.defaults.output_rules, entry.output_rules)
    where = f'dealership "{entry.name}"'
    return Dealership(
        name=entry.name,
        slug=slug,
        qr_output_path=entry.qr_output_path or _folder(document.qr_root, slug),
        filtering_rules=filtering,
        output_rules=output,
        rules=parse_rules(filtering, f"{where}, filtering_rules"),
        output=parse_output_rules(output, f"{where}, output_rules"),
        aliases=entry.aliases,
        is_active=entry.is_active,
    )


def _folder(root: str, slug: str) -> str:
    return join_logical(root, slug) + ("\\" if "\\" in root else "/")


def _with_defaults(defaults: dict[str, Any], differences: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**defaults, **differences}.items() if value is not None}


def _conflicts(document: _Document) -> Iterator[str]:
    folders: dict[str, str] = {}
    for slug in document.dealerships:
        if not is_safe_file_name(slug):
            yield f'"{slug}" cannot be a folder name on every system'
        if (other := folders.setdefault(slug.casefold(), slug)) != slug:
            yield f'the folders "{other}" and "{slug}" are one folder on Windows'
    meanings: dict[str, str] = {}
    for name, spelling in _spellings(document):
        if not fold_key(spelling):
            yield f'"{spelling}" of "{name}" holds no letter or digit'
        elif (other := meanings.setdefault(fold_key(spelling), name)) != name:
            yield f'"{spelling}" would mean both "{other}" and "{name}"'


def _spellings(document: _Document) -> Iterator[tuple[str, str]]:
    """Every dealership (or location that is no client) with each of its spellings, its own name first."""
    for slug, entry in document.dealerships.items():
        # The folder tells two dealerships of the same name apart here, so that the conflict is seen.
        owner = f"{entry.name} ({slug})"
        yield owner, entry.name
        for alias in entry.aliases:
            yield owner, alias
    for location in document.not_clients:
        yield "no client", location
