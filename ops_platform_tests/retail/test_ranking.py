from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.ranking import Seller, best_sellers, sold, sold_together
from ops_platform_tests.retail.store import sales


def keys(sold_items: dict[str, tuple[object, object]], **options: object) -> list[str]:
    return [seller.key for seller in best_sellers(sold(sales(sold_items)), **options)]  # type: ignore[arg-type]


def test_the_best_seller_has_the_most_revenue() -> None:
    assert keys({"A": (9, "10.00"), "B": (1, "300.00"), "C": (5, "20.00")}) == ["B", "C", "A"]


def test_equal_revenue_goes_by_units_and_then_by_item_number() -> None:
    assert keys({"C": (2, 50), "B": (3, 50), "A": (2, 50)}) == ["B", "A", "C"]


def test_by_quantity_units_count_first() -> None:
    assert keys({"A": (9, "10.00"), "B": (1, "300.00"), "C": (9, "20.00")}, by="quantity") == ["C", "A", "B"]


def test_what_came_back_entirely_was_not_sold() -> None:
    assert keys({"A": (0, "0.00"), "B": (-1, "-5.00"), "C": (1, "0.01")}) == ["C"]
    assert keys({"A": (0, "4.00"), "B": (1, "-5.00")}, by="quantity") == ["B"]


def test_only_those_that_take_part_are_ranked() -> None:
    assert keys({"A": (1, 3), "B": (1, 2), "C": (1, 1)}, among={"A", "C"}) == ["A", "C"]


def test_the_items_of_one_product_are_added_up_and_unknown_ones_left_out() -> None:
    together = sold_together(sales({"A": (1, "10.00"), "B": (2, "0.10"), "C": (3, "5")}), {"A": 7, "B": 7})
    assert together == [Seller(7, Decimal(3), Decimal("10.10"))]


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text("ABC", min_size=1), st.tuples(st.integers(-2, 3), st.integers(-2, 3)), max_size=12))
def test_the_order_of_best_sellers_does_not_depend_on_the_order_of_rows(
    sold_items: dict[str, tuple[object, object]],
) -> None:
    assert keys(sold_items) == keys(dict(reversed(sold_items.items())))
