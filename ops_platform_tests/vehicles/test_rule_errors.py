from __future__ import annotations

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from ops_platform.vehicles.rule_errors import RulesError, known_keys, parse_model, suggestion


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    width: int = Field(1, validation_alias=AliasChoices("width", "breadth"))
    inner: Inner | None = None
    many: dict[str, Inner] = {}


def problems(value: object) -> tuple[str, ...]:
    with pytest.raises(RulesError) as caught:
        parse_model(Outer, value, "place")
    assert caught.value.where == "place"
    return caught.value.problems


def test_a_good_value_is_read() -> None:
    assert parse_model(Outer, {"name": "a", "breadth": 2}, "place").width == 2


def test_a_missing_key_is_named() -> None:
    assert problems({}) == ("name: is missing",)


def test_an_unknown_key_is_compared_with_the_keys_of_its_own_place() -> None:
    assert problems({"name": "a", "inner": {"sise": 1}}) == ('inner: unknown key "sise"; did you mean "size"?',)
    assert problems({"name": "a", "many": {"x": {"sise": 1}}}) == ('many.x: unknown key "sise"; did you mean "size"?',)


def test_giving_both_names_of_a_key_is_told_as_such() -> None:
    assert problems({"name": "a", "width": 1, "breadth": 2}) == (
        '"breadth" is another name of "width"; give only one of them',
    )


def test_every_accepted_key_is_known() -> None:
    assert known_keys(Outer) == ["name", "width", "breadth", "inner", "many"]


def test_a_long_value_is_cut_in_the_message() -> None:
    (message,) = problems({"name": ["x" * 500]})
    assert len(message) < 200


@pytest.mark.parametrize("value", [None, 3, "text", [1, 2]])
def test_a_value_that_is_no_object_is_refused(value: object) -> None:
    (message,) = problems(value)
    assert message.startswith("must be an object of keys and values")


def test_without_a_near_name_the_whole_list_is_told() -> None:
    assert suggestion("zzz", ["price", "year"]) == "; known are price, year"
    assert suggestion("pirce", ["price", "year"]) == '; did you mean "price"?'
