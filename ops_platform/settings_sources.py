"""The three places settings are read from: environment, .env, ops.yaml; each to plain nested values.

What belongs here: reading one source and refusing in it what no setting is called. What does not: the
settings and their rules (settings.py). Nothing is read at import.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

import yaml
from dotenv.parser import parse_stream
from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as SourceError

from ops_platform.settings_errors import unknown

PREFIX: Final = "OPS_"
DELIMITER: Final = "__"
# Variables with our prefix that are no settings: where ops.yaml is, how long the fault campaigns run, and what `ops`
# tells Dagster's processes of the texts' times.
NOT_SETTINGS: Final = frozenset({"OPS_CONFIG", "OPS_CHAOS", "OPS_TEXT_TIMES"})

Location = tuple[str, ...]


@dataclass
class Source:
    """What one source gave: nested values, where each key stands, and the problems found while reading."""

    values: dict[str, Any] = field(default_factory=dict)
    where: dict[Location, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def leaves(model: type[BaseModel], prefix: Location = ()) -> dict[Location, bool]:
    """Every setting of a model and its sections as a location, with whether it is a secret."""
    found: dict[Location, bool] = {}
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found.update(leaves(kind, (*prefix, name)))
        else:
            found[*prefix, name] = kind is SecretStr or SecretStr in get_args(kind)
    return found


def variable(location: Location) -> str:
    """The environment variable of a setting: ("ui", "port") is OPS_UI__PORT."""
    return PREFIX + DELIMITER.join(location).upper()


def from_variables(model: type[BaseSettings], variables: Mapping[str, str], where: Callable[[str], str]) -> Source:
    """Settings out of OPS_* variables. Unknown ones are problems; other variables are left alone.

    `where` tells a person the place of a variable.
    """
    source = Source()
    known = {variable(location): location for location in leaves(model)}
    accepted: dict[str, str] = {}
    for name, value in variables.items():
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in NOT_SETTINGS:
            continue
        if upper in known:
            accepted[upper] = value
            source.where[known[upper]] = where(name)
        else:
            source.problems.append(unknown(name, known, where(name)))
    for name, value in accepted.items():
        # One at a time, so that one unreadable value does not hide the others.
        try:
            _merge(source.values, _Variables(model, {name: value})())
        except SourceError:
            example = '{"C:\\\\exports": "/srv/exports"}'
            source.problems.append(f"{name}: is not JSON; a mapping is written as {example} (from {where(name)})")
    return source


def from_dotenv(model: type[BaseSettings], file: Path) -> Source:
    """Settings out of a .env file; a missing file is an empty one.

    A key that would be a setting with the prefix (DATABASE_URL) is a problem, because it would be ignored silently;
    keys of other programs are left alone. So are lines that cannot be read and keys that stand twice.
    """
    if not file.is_file():
        return Source()
    lines: dict[str, str] = {}
    values: dict[str, str] = {}
    problems: list[str] = []
    with file.open(encoding="utf-8", errors="replace") as stream:
        for binding in parse_stream(stream):
            blank = len(binding.original.string) - len(binding.original.string.lstrip())
            line = binding.original.line + binding.original.string.count("\n", 0, blank)
            place = f"{file.name} line {line}"
            if binding.error:
                problems.append(f"{place}: cannot be read; a line is NAME=value")
            elif binding.key in values:
                problems.append(f"{binding.key}: stands twice; remove one (from {place})")
            elif binding.key is not None and binding.value is not None:
                values[binding.key], lines[binding.key] = binding.value, place
    source = from_variables(model, values, lines.__getitem__)
    known = {variable(location) for location in leaves(model)}
    for name, place in lines.items():
        if not name.upper().startswith(PREFIX) and PREFIX + name.upper() in known:
            problems.append(f"{name}: unknown setting; did you mean {PREFIX}{name.upper()}? (from {place})")
    source.problems += problems
    return source


def from_yaml(model: type[BaseModel], file: Path) -> Source:
    """Settings out of ops.yaml; a missing file is an empty one. Secrets in it are problems."""
    source = Source()
    if not file.is_file():
        return source
    try:
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "it is no YAML text in UTF-8"
        source.problems.append(f"{file.name}{line}: cannot be read: {reason}. ops.example.yaml shows the form")
        return source
    if values is None:
        return source
    if not isinstance(values, dict):
        source.problems.append(f"{file.name}: holds no settings; it is a list of `name: value` lines")
        return source
    _locate(root, (), file.name, source)
    source.values = values
    _refuse_secrets(model, source)
    return source


def merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mappings laid over each other; the last one wins, section by section."""
    merged: dict[str, Any] = {}
    for layer in layers:
        _merge(merged, layer)
    return merged


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


class _Variables(EnvSettingsSource):
    """pydantic-settings' own reading of nested variables, over a given mapping instead of os.environ."""

    def __init__(self, model: type[BaseSettings], variables: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in variables.items() if value != ""}
        super().__init__(model, env_prefix=PREFIX, env_nested_delimiter=DELIMITER, case_sensitive=False)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._given)


def _locate(node: Any, location: Location, name: str, source: Source) -> None:
    """Note the line of every key, and refuse a key that stands twice (YAML would keep the last silently)."""
    seen: set[Hashable] = set()
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        here = (*location, str(key.value))
        line = key.start_mark.line + 1
        if key.value in seen:
            source.problems.append(f"{'.'.join(here)}: stands twice; remove one (from {name} line {line})")
        seen.add(key.value)
        source.where[here] = f"{name} line {line}"
        _locate(value, here, name, source)


def _refuse_secrets(model: type[BaseModel], source: Source) -> None:
    for location, secret in leaves(model).items():
        if not secret or location not in source.where:
            continue
        source.problems.append(
            f"{'.'.join(location)}: is a secret, and this file is none: put it in the environment or in .env "
            f"as {variable(location)} (from {source.where[location]})"
        )
        section = source.values
        for part in location[:-1]:
            section = section[part]
        section.pop(location[-1], None)
