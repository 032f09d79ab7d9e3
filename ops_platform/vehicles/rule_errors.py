"""What is wrong with a rule, said to the person who wrote it: where, which key, and the nearest right name.

What belongs here: turning pydantic's findings into sentences. What does not: the rules themselves (rules.py,
output_rules.py).
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ops_platform.core.text import nearest_name

Model = TypeVar("Model", bound=BaseModel)


class RulesError(ValueError):
    """Rules that cannot be used. `problems` holds one sentence a finding; the message joins them."""

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__(f"{where}: {'; '.join(self.problems)}")


def parse_model(model: type[Model], value: object, where: str) -> Model:
    """Validate `value` (a JSON object) as `model`; `where` opens every message.

    Raises RulesError naming every wrong key at once, with the nearest known name where there is one.
    """
    if not isinstance(value, Mapping):
        raise RulesError(where, [f"must be an object of keys and values, got {_shown(value)}"])
    try:
        return model.model_validate(dict(value))
    except ValidationError as error:
        raise RulesError(where, [_sentence(model, detail) for detail in error.errors()]) from None


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?` or, when nothing is near, the whole closed list."""
    known = sorted(known)
    near = nearest_name(name, known)
    return f'; did you mean "{near}"?' if near else f"; known are {', '.join(known)}"


def known_keys(model: type[BaseModel]) -> list[str]:
    """Every key a model accepts, other names included."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        keys += [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [name]
    return keys


def _sentence(model: type[BaseModel], detail: ErrorDetails) -> str:
    prefix = _place(detail["loc"])
    if detail["type"] == "extra_forbidden":
        *parents, key = detail["loc"]
        return _place(parents) + _unknown_key(_model_at(model, parents), str(key))
    if detail["type"] == "missing":
        return f"{prefix}is missing"
    if detail["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))
        given = detail["input"]
        hint = suggestion(given, allowed) if isinstance(given, str) else f"; known are {', '.join(allowed)}"
        return f"{prefix}{_shown(given)} is not known{hint}"
    if detail["type"] == "value_error":
        return prefix + detail["msg"].removeprefix("Value error, ")
    wish = detail["msg"].removeprefix("Input ").replace("valid tuple", "list")
    return f"{prefix}{wish}, got {_shown(detail['input'])}"


def _place(parts: Iterable[int | str]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return f"{path.lstrip('.')}: " if path else ""


def _unknown_key(model: type[BaseModel], key: str) -> str:
    known = known_keys(model)
    if key not in known:
        return f'unknown key "{key}"{suggestion(key, known)}'
    names = next(names for names in _names_by_field(model) if key in names)
    return f'"{key}" is another name of "{names[0]}"; give only one of them'


def _names_by_field(model: type[BaseModel]) -> list[list[str]]:
    aliases = [field.validation_alias for field in model.model_fields.values()]
    return [[str(choice) for choice in alias.choices] for alias in aliases if isinstance(alias, AliasChoices)]


def _model_at(model: type[BaseModel], place: Iterable[int | str]) -> type[BaseModel]:
    """The nested model that a place in the input belongs to; keys of dicts and indexes lead to no other."""
    for part in place:
        field = model.model_fields.get(str(part))
        model = next(_models_in(field.annotation), model) if field else model
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _models_in(part)


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
