"""What names of variants say: units, values, words; and the one form names are kept in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.restaurant.variants import LONGEST, VariantError, read_variant, variant_name


@pytest.mark.parametrize(
    ("name", "unit", "value", "description"),
    [
        ("REGULAR_TUB_300ML", "ml", 300, "Regular tub, 300 ml"),
        ("1_PIECE", "piece", 1, "1 piece"),
        ("2_PIECES", "piece", 2, "2 pieces"),
        ("JUNIOR_SCOOP_60GMS", "g", 60, "Junior scoop, 60 g"),
        ("1KG", "g", 1000, "1 kg"),
        ("1.5L", "ml", 1500, "1.5 l"),
        ("250GMS", "g", 250, "250 g"),
        ("DUO_200ML_200ML", "ml", 400, "Duo, 200 ml + 200 ml"),
        ("FAMILY_PACK_3X200ML", "ml", 600, "Family pack, 3 x 200 ml"),
        ("FAMILY", None, None, "Family"),
        ("SINGLE", None, None, "Single"),
        ("HALF_IN_HALF_REGULAR_SCOOP", None, None, "Half in half regular scoop"),
        ("BOX_200ML_60GMS", None, None, "Box, 200 ml + 60 g"),
    ],
)
def test_a_variants_name_says_how_much_it_is(name: str, unit: str | None, value: int | None, description: str) -> None:
    found = read_variant(name)
    assert (found.unit, found.value) == (unit, None if value is None else Decimal(value))
    assert found.description == description


@pytest.mark.parametrize(
    ("text", "name"),
    [("regular tub 300ml", "REGULAR_TUB_300ML"), (" 1-piece ", "1_PIECE"), ("_DUO__200ML_", "DUO_200ML")],
)
def test_blanks_hyphens_and_capitals_make_no_other_variant(text: str, name: str) -> None:
    assert variant_name(text) == name


@pytest.mark.parametrize("text", ["", "  ", "300ml (tub)", "½ kg", "A" * (LONGEST + 1), "a;b"])
def test_a_text_that_is_no_variant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(VariantError, match=r"REGULAR_TUB_300ML|is the most"):
        variant_name(text)


def test_a_size_too_large_for_the_table_states_nothing() -> None:
    assert read_variant("99999999KG")[2:] == (None, None)


@settings(deadline=None)
@given(st.text(alphabet="abcXYZ019 _-.KGML", max_size=40))
def test_every_name_that_is_accepted_is_its_own_form_and_can_be_read(text: str) -> None:
    try:
        name = variant_name(text)
    except VariantError:
        return
    assert variant_name(name) == name
    found = read_variant(name)
    assert found.description
    assert (found.unit is None) == (found.value is None)
    assert found.value is None or found.value < 10**8
