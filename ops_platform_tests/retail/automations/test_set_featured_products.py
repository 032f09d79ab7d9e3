from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.retail.automation import Catalogue, Items, Own, Plan, ProductMap, Sales, Stock
from ops_platform.retail.automations.set_featured_products import AUTOMATION
from ops_platform.settings_retail import FeaturedProductsSettings, RetailSettings
from ops_platform_tests.retail.store import (
    AS_OF,
    ZONE,
    applied,
    bound,
    noted,
    own,
    planned,
    reasons,
    row,
    same_plan,
    selling,
    shuffled,
    stock,
    wanted,
)
from ops_platform_tests.retail.store_strategies import stores


def store(*rows: Any, sold: dict[str, Any], ours: dict[str, Any] | None = None, **more: Any) -> dict[str, pd.DataFrame]:
    """A store that sells, and what we featured ourselves."""
    return {
        **selling(*rows, sold=sold, **more),
        "own_bigcommerce": own(ours or {}),
        "own_counterpoint": own(ours or {}),
    }


def plan(inputs: dict[str, pd.DataFrame], **rules: Any) -> Plan:
    return planned(AUTOMATION, inputs, featured_products=rules)


def ladder(count: int) -> dict[str, int]:
    """Items that sold the better the lower their number; their products are 1, 2, ..."""
    return {f"{10000 + place}": 1000 - place for place in range(count)}


def on(found: Plan, target: str | None = None) -> set[str]:
    return {key for key, new in wanted(found, target).items() if new in (True, "Y")}


def off(found: Plan, target: str | None = None) -> set[str]:
    return {key for key, new in wanted(found, target).items() if new in (False, "N")}


def ids(*places: int) -> set[str]:
    return {str(place) for place in places}


def after(inputs: dict[str, pd.DataFrame], found: Plan) -> dict[str, pd.DataFrame]:
    """The inputs of the next run: what was written stands, and the platform knows that it wrote it."""
    inputs = applied(inputs, found.changes)
    for name, target in (("own_bigcommerce", "bigcommerce"), ("own_counterpoint", "counterpoint")):
        before = dict(zip(inputs[name]["key"], inputs[name]["value"], strict=True))
        inputs[name] = own({**before, **wanted(found, target)})
    return inputs


def test_of_the_15_best_two_are_sold_out_so_13_are_featured() -> None:
    """The owner's example; the 16th does not move up."""
    inputs = store(sold=ladder(20), left={"10002": 0, "10005": -1})
    found = plan(inputs)
    assert on(found) == ids(*range(1, 16)) - ids(3, 6)
    assert noted(found) == {("out_of_stock", "3"), ("out_of_stock", "6")}
    assert reasons(found)["1"] == "rank 1 last year: 1,000.00"
    assert found.changes[["target", "field"]].drop_duplicates().to_numpy().tolist() == [["bigcommerce", "is_featured"]]
    assert found.figures == {"sold_items": 20, "featured": 13, "unfeatured": 0}


def test_with_fill_the_next_in_stock_move_up() -> None:
    found = plan(store(sold=ladder(20), left={"10002": 0, "10005": 0}), fill=True)
    assert on(found) == ids(*range(1, 18)) - ids(3, 6)


def test_with_fill_and_too_few_in_stock_all_of_them_are_featured() -> None:
    assert on(plan(store(sold=ladder(4), left={"10001": 0}), fill=True, top_n=4)) == ids(1, 3, 4)


def test_it_asks_for_the_same_days_last_year_and_what_it_featured_before() -> None:
    assert AUTOMATION.needs(RetailSettings(), AS_OF) == {
        "items": Items(),
        "stock": Stock(),
        "sales": Sales(date(2025, 5, 14), date(2025, 6, 28)),
        "product_map": ProductMap(),
        "catalogue": Catalogue(),
        "own_bigcommerce": Own("featured_products", "is_featured"),
    }
    leap_day = datetime(2028, 2, 29, 4, tzinfo=ZONE)
    assert AUTOMATION.needs(RetailSettings(), leap_day)["sales"] == Sales(date(2027, 2, 28), date(2027, 4, 14))


def test_the_web_shop_is_not_asked_when_only_the_point_of_sale_is_written() -> None:
    rules = RetailSettings.model_validate({"featured_products": {"target": "counterpoint"}})
    found = AUTOMATION.needs(rules, AS_OF)
    assert set(found) == {"items", "stock", "sales", "own_counterpoint"}
    assert found["own_counterpoint"] == Own("featured_products", "featured")


def test_what_was_featured_yesterday_and_is_not_today_goes() -> None:
    products = [row(1, is_featured=True), 2, row(3, is_featured=True)]
    found = plan(store("A", "B", "C", sold={"A": 3, "B": 2}, products=products, ours={"1": True, "3": True}))
    assert (on(found), off(found)) == (ids(2), ids(3))
    assert reasons(found)["3"] == "no longer among the best of these days last year"


def test_what_sold_out_since_yesterday_goes() -> None:
    inputs = store(
        "A", "B", sold={"A": 3}, left={"A": 0, "B": 1}, products=[row(1, is_featured=True)], ours={"1": True}
    )
    found = plan(inputs)
    assert off(found) == ids(1)
    assert reasons(found) == {"1": "rank 1 last year: 3.00, but out of stock"}


def test_without_any_stock_nothing_is_taken_away() -> None:
    """Stock that was not read, or was set to zero by an import that failed, sells nothing out."""
    inputs = store("A", "B", sold={"A": 3}, products=[row(1, is_featured=True)], ours={"1": True})
    inputs["stock"] = stock({"A": 0, "B": 0})
    found = plan(inputs)
    assert off(found) == set()
    assert ("no_stock_at_all", "stock") in noted(found)
    assert off(plan({**inputs, "stock": stock({})})) == set()


def test_what_staff_featured_stays() -> None:
    products = [1, row(2, is_featured=True), row(3, is_featured=True)]
    found = plan(store("A", "B", "C", sold={"A": 3}, products=products, ours={"3": False}))
    assert wanted(found) == {"1": True}


def test_dropouts_can_stay() -> None:
    inputs = store("A", "B", sold={"A": 3}, products=[1, row(2, is_featured=True)], ours={"2": True})
    assert wanted(plan(inputs, remove_dropouts=False)) == {"1": True}


def test_without_any_sales_nothing_is_taken_away() -> None:
    found = plan(store("A", sold={}, products=[row(1, is_featured=True)], ours={"1": True}))
    assert found.changes.empty
    assert noted(found) == {("no_sales_in_window", "2025-05-14")}


def test_several_sizes_of_one_product_take_one_place_that_of_the_best() -> None:
    children = bound("B0001", "C1", "C2", parent="P")
    sold = {"A": 50, "C1": 40, "C2": 30, "B": 20, "D": 10}
    inputs = store("A", "B", "D", *children, sold=sold, mapped={"A": 1, "B": 2, "D": 3, "B0001": 7})
    found = plan(inputs, top_n=3)
    assert on(found) == ids(1, 7, 2)
    assert reasons(found)["7"] == "rank 2 last year: 40.00"


def test_a_bound_product_is_in_stock_when_one_of_its_items_is() -> None:
    children = bound("B0001", "C1", "C2", parent="P")
    some = store(*children, sold={"C1": 1}, left={"P": 0, "C1": 0}, mapped={"B0001": 7})
    none = store(*children, sold={"C1": 1}, left={"P": 0, "C1": 0, "C2": 0}, mapped={"B0001": 7})
    assert (on(plan(some)), on(plan(none))) == (ids(7), set())


def test_stock_that_is_kept_back_is_no_stock() -> None:
    assert on(plan(store(row("A", stock_buffer=5), row("B", stock_buffer=4), sold={"A": 2, "B": 1}))) == ids(2)


def test_what_customers_cannot_see_takes_no_place() -> None:
    rows = [row("A", is_web_item=False), row("B", is_web_visible=False), "C", "LOST", "D"]
    mapped = {"A": 1, "B": 2, "C": 3, "D": 4}
    sold = {"A": 50, "B": 40, "C": 30, "LOST": 20, "D": 10}
    inputs = store(*rows, sold=sold, mapped=mapped, products=[1, 2, row(3, is_visible=False), 4])
    found = plan(inputs, top_n=1)
    assert on(found) == ids(4)
    assert noted(found) == {("unmatched_item", "LOST")}


def test_what_is_hidden_since_yesterday_goes() -> None:
    products = [row(1, is_featured=True, is_visible=False)]
    assert off(plan(store("A", sold={"A": 3}, products=products, ours={"1": True}))) == ids(1)


def test_what_came_back_entirely_is_not_featured() -> None:
    assert on(plan(store(sold={"A": 3, "B": 0, "C": -2}))) == ids(1)


def test_at_the_last_place_equal_revenue_goes_by_item_number() -> None:
    assert on(plan(store("C", "B", "A", sold=dict.fromkeys("CBA", 5)), top_n=2)) == ids(3, 2)


def test_pinned_items_are_featured_whatever_they_sold_and_take_no_place_of_the_best() -> None:
    inputs = store("A", "B", "C", sold={"A": 3, "B": 2}, left={"C": 0})
    found = plan(inputs, top_n=2, pinned=["c", "A"])
    assert on(found) == ids(1, 2, 3)
    assert reasons(found) == {
        "1": "pinned in the settings",
        "2": "rank 2 last year: 2.00",
        "3": "pinned in the settings",
    }


def test_blocked_items_are_never_featured_and_the_next_moves_up() -> None:
    inputs = store("A", "B", "C", sold={"A": 3, "B": 2}, products=[1, 2, row(3, is_featured=True)])
    found = plan(inputs, top_n=1, blocked=["A", "C"])
    assert (on(found), off(found)) == (ids(2), ids(3))
    assert reasons(found)["3"] == "blocked in the settings"


def test_blocking_one_size_blocks_the_product() -> None:
    inputs = store(*bound("B0001", "C1", "C2", parent="P"), sold={"C1": 1}, mapped={"B0001": 7})
    assert on(plan(inputs, blocked=["C2"])) == on(plan(inputs, blocked=["B0001"])) == set()


def test_what_of_the_settings_cannot_be_used_is_noted() -> None:
    inputs = store("A", "B", "LOST", sold={}, mapped={"A": 1, "B": 2}, products=[1, row(2, is_visible=False)])
    found = plan(inputs, pinned=["A", "B", "LOST", "NONE"], blocked=["A", "NOPE"])
    assert found.changes.empty
    assert noted(found) >= {
        ("pinned_and_blocked", "A"),
        ("setting_item_not_shown", "B"),
        ("setting_item_not_shown", "LOST"),
        ("unknown_setting_item", "NONE"),
        ("unknown_setting_item", "NOPE"),
    }


def test_numbers_that_exist_but_are_no_product_are_not_called_unknown() -> None:
    inputs = store("A", *bound("B0001", "C1", parent="P"), sold={}, mapped={"A": 1, "OLD": 1})
    found = plan(inputs, pinned=["C1", "B0001", "old"])
    assert on(found) == ids(1)
    assert noted(found) >= {("setting_item_not_shown", "C1"), ("setting_item_not_shown", "B0001")}
    assert not {code for code, _ in noted(found)} & {"unknown_setting_item"}


def test_item_numbers_written_as_numbers_in_the_settings_are_item_numbers() -> None:
    rules = FeaturedProductsSettings.model_validate({"pinned": [10093], "blocked": [10094, "BTSP4MP"]})
    assert (rules.pinned, rules.blocked) == (("10093",), ("10094", "BTSP4MP"))


def test_never_more_than_25_are_featured_counting_those_of_staff() -> None:
    sold = ladder(15)
    staff = [f"S{place}" for place in range(20)]
    products = [*range(1, 16), *(row(product_id, is_featured=True) for product_id in range(16, 36))]
    found = plan(store(*sold, *staff, sold=sold, products=products))
    assert on(found) == ids(1, 2, 3, 4, 5)
    assert {key for code, key in noted(found) if code == "no_room"} == ids(*range(6, 16))


def test_where_the_room_ends_better_places_push_out_worse_ones() -> None:
    sold = ladder(3)
    staff = [f"S{place}" for place in range(23)]
    products = [1, 2, row(3, is_featured=True), *(row(product_id, is_featured=True) for product_id in range(4, 27))]
    found = plan(store(*sold, *staff, sold=sold, products=products, ours={"3": True}))
    assert (on(found), off(found)) == (ids(1, 2), ids(3))
    assert reasons(found)["3"] == "no room among 25"


def test_a_best_seller_that_staff_featured_needs_no_room_of_its_own() -> None:
    sold = ladder(3)
    staff = [f"S{place}" for place in range(23)]
    products = [row(1, is_featured=True), 2, 3, *(row(product_id, is_featured=True) for product_id in range(4, 26)), 26]
    found = plan(store(*sold, *staff, sold=sold, products=products))
    assert on(found) == ids(2, 3)


def test_more_than_25_of_staff_are_left_alone() -> None:
    staff = [f"S{place}" for place in range(30)]
    products = [1, *(row(product_id, is_featured=True) for product_id in range(2, 32))]
    assert plan(store("A", *staff, sold={"A": 1}, products=products)).changes.empty


def test_at_the_point_of_sale_the_parent_row_is_marked() -> None:
    children = bound("B0001", "C1", row("C2", featured="Y"), parent=None)
    parent = row("P", binding_id="B0001", is_parent=True, featured=None)
    rows = [parent, *children, row("A", featured="Y"), row("B", featured="Y")]
    found = plan(store(*rows, sold={"C1": 3}, ours={"A": "Y", "C2": "N"}), target="counterpoint")
    assert wanted(found) == {"P": "Y", "A": "N"}
    assert set(found.changes["target"]) == {"counterpoint"}


def test_at_the_point_of_sale_a_binding_without_a_parent_row_is_noted() -> None:
    inputs = store("A", *bound("B0001", "C1", parent=None), sold={"C1": 3, "A": 2})
    found = plan(inputs, target="counterpoint")
    assert wanted(found) == {"A": "Y"}
    assert noted(found) == {("no_parent", "B0001")}


def test_both_targets_feature_the_same_products() -> None:
    children = bound("B0001", "C1", parent="P")
    inputs = store("A", *children, sold={"A": 1, "C1": 2}, mapped={"A": 1, "B0001": 7})
    found = plan(inputs, target="both")
    assert (on(found, "bigcommerce"), on(found, "counterpoint")) == (ids(1, 7), {"A", "P"})
    assert found.figures["featured"] == 4


def test_the_day_after_a_dropout_goes_and_staffs_choice_stays() -> None:
    sold = ladder(16)
    inputs = store(*sold, "STAFF", sold=sold, products=[*range(1, 17), row(17, is_featured=True)])
    inputs = after(inputs, plan(inputs))
    inputs["stock"] = stock({**dict.fromkeys(inputs["items"]["item_no"], 5), "10004": 0})
    found = plan(inputs)
    assert wanted(found) == {"5": False}
    assert plan(after(inputs, found)).changes.empty


def test_an_empty_store_plans_nothing() -> None:
    found = plan(store(row("A", is_web_item=False), sold={}, products=[]))
    assert (len(found.changes), found.held) == (0, None)


@settings(deadline=None, max_examples=60)
@given(stores(), st.integers(0, 9), st.sampled_from(["bigcommerce", "counterpoint", "both"]), st.booleans())
def test_a_second_run_changes_nothing_and_the_order_of_rows_does_not_matter(
    inputs: dict[str, pd.DataFrame], seed: int, target: str, yes: bool
) -> None:
    pins = {"pinned": ["10001", "B0001"], "blocked": ["10002"]}
    rules = {"target": target, "fill": yes, "remove_dropouts": not yes, "top_n": 2, **(pins if yes else {})}
    found = plan(inputs, **rules)
    assert plan(after(inputs, found), **rules).changes.empty
    assert same_plan(found, plan(shuffled(inputs, seed), **rules))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 40),
    st.sets(st.integers(1, 60), max_size=25),
    st.sets(st.integers(1, 60)),
    st.lists(st.integers(1, 60).map(lambda place: f"{9999 + place}"), max_size=30),
)
def test_at_most_25_are_featured_in_the_end(
    sellers: int, featured: set[int], ours: set[int], pinned: list[str]
) -> None:
    numbers = list(ladder(60))
    products = [row(place, is_featured=place in featured) for place in range(1, 61)]
    inputs = store(*numbers, sold=ladder(sellers), products=products, ours=dict.fromkeys(map(str, ours), True))
    found = plan(inputs, pinned=pinned)
    result = after(inputs, found)["catalogue"]
    assert sum(result["is_featured"]) <= 25
    assert featured - ours <= set(result["product_id"][result["is_featured"].astype(bool)])
