from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.bindings import (
    WebProducts,
    bound_products,
    buffered_stock,
    grouped,
    typed,
    web_products,
)
from ops_platform.retail.notes import notes_frame
from ops_platform_tests.retail.store import bound, catalogue, items, product_map, row, stock


def web(frame: pd.DataFrame, mapped: Any, *products: Any) -> WebProducts:
    return web_products(frame, bound_products(frame), product_map(mapped), catalogue(*products))


def codes(notes: list[dict[str, Any]]) -> set[tuple[str, Any]]:
    return {(found["code"], found["key"]) for found in notes}


def test_an_unbound_item_is_its_own_product() -> None:
    found = bound_products(items("A"))
    assert (found.key_of, found.head_of, found.notes) == ({"A": "A"}, {"A": "A"}, [])


def test_bound_items_are_one_product_that_the_parent_row_stands_for() -> None:
    found = bound_products(items(*bound("B0001", "C1", "C2", parent="P"), "A"))
    assert found.key_of == {"P": "B0001", "C1": "B0001", "C2": "B0001", "A": "A"}
    assert found.heads() == {"P": "P", "C1": "P", "C2": "P", "A": "A"}


def test_a_binding_without_a_parent_row_has_no_head_and_is_noted() -> None:
    found = bound_products(items(*bound("B0001", "C1", "C2", parent=None), "A"))
    assert found.heads() == {"A": "A"}
    assert codes(found.without_parent(["A", "C1", "C2"])) == {("no_parent", "B0001")}
    assert found.without_parent(["A"]) == []


def test_of_several_parent_rows_the_first_by_item_number_stands_for_the_product() -> None:
    found = bound_products(items(*bound("B0001", row("P1", is_parent=True), "C", parent="P2")))
    assert found.head_of == {"B0001": "P1"}
    assert codes(found.notes) == {("several_parents", "B0001")}


def test_a_parent_row_without_a_binding_is_an_item_like_any_other() -> None:
    assert bound_products(items(row("A", is_parent=True))).heads() == {"A": "A"}


def test_children_are_the_product_of_their_binding_id() -> None:
    found = web(items(*bound("B0001", "C1", "C2", parent="P"), "A"), {"B0001": 7, "A": 8}, 7, 8)
    assert {name: found.id_of[name] for name in ("P", "C1", "C2", "B0001", "A")} == {
        "P": 7, "C1": 7, "C2": 7, "B0001": 7, "A": 8,
    }  # fmt: skip
    assert found.notes == found.without_item == []


def test_a_bound_product_mapped_by_its_parents_number_is_found_too() -> None:
    found = web(items(*bound("B0001", "C1", parent="P")), {"P": 7}, 7)
    assert found.id_of["C1"] == 7


def test_an_item_that_is_not_mapped_is_found_by_its_sku_whatever_the_case() -> None:
    found = web(items("btSP4mp", *bound("B0001", "C1", parent="P")), {}, row(7, sku=" BTSP4MP"), row(8, sku="b0001"))
    assert (found.id_of["btSP4mp"], found.id_of["C1"]) == (7, 8)
    assert found.notes == []


def test_the_mapping_counts_before_the_sku() -> None:
    found = web(items("A"), {"A": 8}, row(7, sku="A"), row(8, sku="other"))
    assert found.id_of["A"] == 8
    assert codes(found.without_item) == {("product_without_item", 7)}


def test_a_web_item_without_a_product_is_noted_and_another_item_is_not() -> None:
    found = web(items("A", row("B", is_web_item=False), *bound("B0001", "C1", parent=None)), {})
    assert codes(found.notes) == {("unmatched_item", "A"), ("unmatched_item", "B0001")}
    assert found.unmatched() == 2
    assert found.id_of == {}


def test_a_product_that_the_web_shop_no_longer_has_is_noted_and_left_out() -> None:
    found = web(items("A", "B"), {"A": 7, "B": 8}, row(8), row(9, sku="A"))
    assert found.id_of == {"B": 8}
    assert codes(found.notes) == {("product_gone", "A")}
    assert found.unmatched() == 1


def test_a_bound_product_is_found_by_its_parents_mapping_when_that_of_its_binding_is_stale() -> None:
    found = web(items(*bound("B0001", "C1", parent="P")), {"B0001": 9, "P": 7}, 7)
    assert found.id_of["C1"] == 7
    assert found.notes == []


def test_a_product_that_is_gone_is_named_though_the_mapping_knows_more_of_it() -> None:
    (gone,) = [found for found in web(items("A"), [("A", 9), ("A", 8)]).notes if found["code"] == "product_gone"]
    assert gone["detail"] == "product 8"


def test_of_several_mapped_products_the_lowest_in_the_web_shop_counts() -> None:
    found = web(items("A"), [("A", 9), ("A", 8)], 8, 9)
    assert found.id_of == {"A": 8}
    assert codes(found.notes) == {("mapped_twice", "A")}


def test_a_product_that_several_items_are_is_noted() -> None:
    found = web(items("A", "B", "C"), {"A": 7, "B": 7, "C": 8}, 7, 8)
    assert codes(found.notes) == {("shared_product", 7)}


def test_a_number_that_only_the_mapping_still_knows_is_found() -> None:
    found = web(items("A"), {"OLD": 7, "A": 7}, 7)
    assert found.id_of["OLD"] == 7
    assert found.notes == []


def test_a_product_that_only_an_old_number_is_has_no_item() -> None:
    assert codes(web(items("A"), {"OLD": 7, "A": 8}, 7, 8).without_item) == {("product_without_item", 7)}


@pytest.mark.parametrize(
    ("available", "buffer", "left"),
    [
        ("5", None, 5),
        ("5", "2", 3),
        ("5.9", "2", 3),
        ("2", "5", 0),
        ("-3", None, 0),
        ("-0.5", None, 0),
        ("5", "2.5", 2),
    ],
)
def test_the_web_shop_may_sell_whole_units_above_the_buffer(available: str, buffer: str | None, left: int) -> None:
    assert buffered_stock(items(row("A", stock_buffer=buffer)), stock({"A": available})) == {"A": left}


def test_an_item_without_a_row_of_stock_has_none() -> None:
    assert buffered_stock(items("A"), stock({})) == {"A": 0}


def test_items_are_grouped_by_what_they_are_one_of() -> None:
    assert grouped(["C", "B", "A", "X"], {"A": 1, "B": 2, "C": 1}) == {1: ["A", "C"], 2: ["B"]}


def test_item_numbers_compare_as_people_type_them() -> None:
    assert typed(" btsp4mp ") == typed("BTSP4MP")


@settings(deadline=None, max_examples=60)
@given(st.permutations(range(6)))
def test_products_are_found_whatever_the_order_of_rows(order: list[int]) -> None:
    rows = [*bound("B0001", row("P1", is_parent=True), "C", parent="P2"), "A", "B", "D"]
    pairs = [("B0001", 7), ("P1", 8), ("A", 9), ("A", 10), ("B", 10), ("D", 9)]
    frames = items(*rows), items(*[rows[place] for place in order])
    found = [
        web_products(frame, bound_products(frame), product_map(given_pairs), catalogue(7, 8, 9, 10, 12))
        for frame, given_pairs in zip(frames, (pairs, [pairs[place] for place in order]), strict=True)
    ]
    assert found[0].id_of == found[1].id_of
    assert notes_frame(found[0].notes).equals(notes_frame(found[1].notes))
    bindings = [notes_frame(bound_products(frame).notes) for frame in frames]
    assert bindings[0].equals(bindings[1])
