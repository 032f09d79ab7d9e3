"""Makes: one way of writing each, and which the first characters of a VIN rule out."""

from __future__ import annotations

import pytest

from ops_platform.vehicles.makes import canonical_make, contradicts


@pytest.mark.parametrize(
    ("text", "make"),
    [
        ("HYUNDAI", "Hyundai"),
        ("Hyundai", "Hyundai"),
        ("RAM", "Ram"),
        ("Ram", "Ram"),
        ("CHEV", "Chevrolet"),
        ("Chevy", "Chevrolet"),
        ("CHEVROLET", "Chevrolet"),
        ("DODGE TRUCK", "Dodge"),
        ("LAND ROVER", "Land Rover"),
        ("Land-Rover", "Land Rover"),
        ("mercedes benz", "Mercedes-Benz"),
        ("VW", "Volkswagen"),
        ("bmw", "BMW"),
        ("MINI", "MINI"),
        ("Infiniti", "INFINITI"),
    ],
)
def test_a_make_is_written_as_its_maker_writes_it(text: str, make: str) -> None:
    assert canonical_make(text) == make
    assert canonical_make(make) == make


@pytest.mark.parametrize("text", ["Unknown", "Zastava", ""])
def test_an_unknown_make_stays_as_it_is(text: str) -> None:
    assert canonical_make(text) == text


@pytest.mark.parametrize(
    ("identifier", "make"),
    [("1FT", "Toyota"), ("WBA", "Ford"), ("1C4", "GMC"), ("KNA", "HONDA"), ("5YJ", "CHEV"), ("WMW", "BMW")],
)
def test_another_makers_identifier_contradicts(identifier: str, make: str) -> None:
    assert contradicts(identifier, make)


@pytest.mark.parametrize(
    ("identifier", "make"),
    [
        ("1FT", "FORD"),
        ("5LM", "Lincoln"),
        ("1C4", "Jeep"),
        ("1C4", "DODGE TRUCK"),
        ("1C6", "RAM"),
        ("5XY", "Hyundai"),
        ("5XY", "Kia"),
        ("JF1", "Toyota"),
        ("JTM", "Subaru"),
        ("2GC", "CHEV"),
        ("XXX", "Ford"),
        ("1FT", "Unknown"),
        ("1FT", ""),
    ],
)
def test_shared_and_unknown_identifiers_do_not(identifier: str, make: str) -> None:
    assert not contradicts(identifier, make)
