"""The demo catalogue: sound entries, and the makes that a dealership's name stands for."""

from __future__ import annotations

import re

import pytest

from ops_platform.vehicles.demo_catalog import EXOTIC, MODELS, makes_for


@pytest.mark.parametrize(
    ("name", "makes"),
    [
        ("BMW of West St. Louis", ("BMW",)),
        ("MINI OF ST. LOUIS", ("MINI",)),
        ("Joe Machens Chrysler Dodge Jeep Ram", ("Chrysler", "Dodge", "Jeep", "Ram")),
        ("Land Rover Ranch Mirage", ("Land Rover",)),
        ("Indigo Auto Group", EXOTIC),
        ("Bommarito West County", ()),
        ("Ramsey Fordham Kiawah", ()),
    ],
)
def test_a_dealership_sells_the_makes_that_its_name_says(name: str, makes: tuple[str, ...]) -> None:
    assert makes_for(name) == makes


def test_the_catalogue_is_sound() -> None:
    for make, models in MODELS.items():
        for model in models:
            assert model.make == make
            assert re.fullmatch(r"[A-HJ-NPR-Z0-9]{3}", model.wmi)
            assert model.kind in {"suv", "car", "truck", "van"}
            assert model.fuel in {"gas", "hybrid", "phev", "electric", "diesel"}
            assert all(trim == trim.strip() and trim for trim in model.trims)
