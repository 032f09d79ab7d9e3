"""Which items have a photo, and which are hidden: one answer for mails, reports and checks."""

from __future__ import annotations

import pytest

from ops_platform.retail.shown import is_hidden, items_with_photo, pictured
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.retail.store import bound, items, row

STORE = items("A", "b", "C", *bound("B1", "S1", "S3", parent="P"), *bound("B2", "T1", parent=None))


def test_the_first_photo_of_a_number_is_the_one_without_a_mark() -> None:
    assert pictured(["A^1.jpg", "a.JPG", "A^2.png", "B.jpeg"]) == {"A": "a.JPG", "B": "B.jpeg"}


@pytest.mark.parametrize(
    ("name", "items_that_have_it"),
    [
        ("A.jpg", {"A"}),
        ("B^2.PNG", {"b"}),
        ("S3.jpg", {"S1", "S3", "P"}),
        ("P^1.jpeg", {"S1", "S3", "P"}),
        ("b1.jpg", {"S1", "S3", "P"}),
        ("B2.jpg", {"T1"}),
        ("A.txt", set()),
        ("A", set()),
        ("AA.jpg", set()),
    ],
)
def test_a_photo_is_that_of_its_item_or_of_the_whole_bound_product(name: str, items_that_have_it: set[str]) -> None:
    assert items_with_photo(STORE, [name]) == items_that_have_it


@pytest.mark.parametrize(
    ("title", "hidden_title", "hidden"),
    [
        ("EXCLUDE", "EXCLUDE", True),
        (" exclude ", "EXCLUDE", True),
        ("Hide", "HIDE", True),
        ("EXCLUDE", "HIDE", False),
        ("Exclude all weeds", "EXCLUDE", False),
        (None, "EXCLUDE", False),
        (None, "", False),
        ("", " ", False),
    ],
)
def test_an_item_is_hidden_by_the_title_that_is_set(title: str | None, hidden_title: str, hidden: bool) -> None:
    item = items(row("A", web_title=title)).iloc[0].to_dict()
    assert is_hidden(item, RetailSettings.model_validate({"reports": {"hidden_title": hidden_title}})) is hidden
