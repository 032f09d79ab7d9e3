from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given, settings

from ops_platform.retail.bindings import bound_products, web_products
from ops_platform.retail.matching import COLUMNS, unmatched
from ops_platform.retail.notes import CODES
from ops_platform_tests.retail.store import bound, catalogue, items, product_map, row, shuffled
from ops_platform_tests.retail.store_strategies import stores


def found(frame: pd.DataFrame, mapped: Any, *products: Any) -> dict[str, dict[str, Any]]:
    """The rows by the name of what they are about."""
    rows = unmatched(frame, product_map(mapped), catalogue(*products))
    assert list(rows.columns) == list(COLUMNS)
    return {item["name"]: item for item in rows.to_dict("records")}


def test_what_found_its_partner_is_not_listed() -> None:
    assert found(items("A", row("B", is_web_item=False)), {"A": 1}, 1) == {}


def test_items_and_products_without_a_partner_are_listed_with_what_identifies_them() -> None:
    frame = items(row("A", descr="Fern"), row("B", descr="Moss"))
    rows = found(frame, {"B": 9}, row(1, sku="OLD", name="Rake"))
    assert {name: (it["code"], it["item_no"], it["product_id"], it["sku"]) for name, it in rows.items()} == {
        "Fern": ("unmatched_item", "A", None, None),
        "Moss": ("product_gone", "B", None, None),
        "Rake": ("product_without_item", None, 1, "OLD"),
    }
    assert rows["Moss"]["detail"] == "product 9"
    assert {it["perhaps"] for it in rows.values()} == {None}


def test_a_bound_product_is_listed_once_by_its_parent_row() -> None:
    frame = items(*bound("B0001", row("S1", descr="Oak 1 gal"), "S2", parent="P"))
    [only] = found(frame, {}).values()
    assert (only["name"], only["item_no"], only["binding_id"]) == ("Item P", "P", "B0001")


def test_a_binding_without_a_parent_row_is_called_as_its_first_size() -> None:
    frame = items(*bound("B0001", row("S2", descr="Oak 2 gal"), row("S1", descr="Oak 1 gal"), parent=None))
    [only] = found(frame, {}).values()
    assert (only["name"], only["item_no"], only["binding_id"]) == ("Oak 1 gal", None, "B0001")


def test_a_partner_that_is_called_nearly_so_is_named_on_both_sides() -> None:
    frame = items(row("A", descr="Dwarf Hinoki Cypress"), row("B", descr="Moss"))
    rows = found(frame, {}, row(7, name="Hinoki cypress, dwarf"), row(8, name="Rake"))
    assert rows["Dwarf Hinoki Cypress"]["perhaps"] == "product 7: Hinoki cypress, dwarf"
    assert rows["Hinoki cypress, dwarf"]["perhaps"] == "item A: Dwarf Hinoki Cypress"
    assert (rows["Moss"]["perhaps"], rows["Rake"]["perhaps"]) == (None, None)


def test_a_product_that_has_its_item_is_nobodys_partner() -> None:
    rows = found(items(row("A", descr="Fern"), row("B", descr="Fern!")), {"A": 1}, row(1, name="Fern"))
    assert [(it["item_no"], it["perhaps"]) for it in rows.values()] == [("B", None)]


def test_odd_mappings_are_listed_too() -> None:
    rows = unmatched(items("A", "B", "C"), product_map([("A", 1), ("A", 2), ("B", 3), ("C", 3)]), catalogue(1, 2, 3))
    assert rows[["code", "name", "detail"]].to_numpy().tolist() == [
        ["mapped_twice", "Item A", "products 1, 2"],
        ["product_without_item", "Product 2", "Product 2"],
        ["shared_product", "Product 3", "B, C"],
    ]


@settings(max_examples=50, deadline=None)
@given(stores())
def test_everything_the_automations_note_is_listed_in_one_order(inputs: dict[str, pd.DataFrame]) -> None:
    frames = ("items", "product_map", "catalogue")
    rows = unmatched(*(inputs[name] for name in frames))
    web = web_products(inputs["items"], bound_products(inputs["items"]), inputs["product_map"], inputs["catalogue"])
    assert sorted(rows["code"]) == sorted(each["code"] for each in (*web.notes, *web.without_item))
    assert set(rows["code"]) <= set(CODES)
    assert rows.equals(unmatched(*(shuffled(inputs, 3)[name] for name in frames)))
