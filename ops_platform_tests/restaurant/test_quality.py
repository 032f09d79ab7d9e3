"""What looks odd in an order that is loaded: each flag is raised by its fault and by nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ops_platform.restaurant.quality import CODES, Notes
from ops_platform_tests.restaurant.order_events import NOW, addon, item, order_event, policy, read

ODD: dict[str, tuple[dict[str, Any], set[tuple[str, int, int, str]]]] = {
    "a free line": ({"items": [item(price=0)]}, {("order_item", 1, 0, "price_not_positive")}),
    "eleven pieces": ({"items": [item(quantity=11)]}, {("order_item", 1, 0, "quantity_unusual")}),
    "eleven pieces of an add-on": (
        {"items": [item(addons=[addon(), addon(quantity=11)])]},
        {("order_item_addon", 1, 2, "quantity_unusual")},
    ),
    "a line's total is off by two paise": (
        {"items": [item(), item(price=10, quantity=3, total=30.02)]},
        {("order_item", 2, 0, "line_total_differs")},
    ),
    "core_total is another number": (
        {"order": {"core_total": 359.0, "total": 424.0, "round_off": "0.20"}},
        {("order", 0, 0, "items_differ_from_core_total")},
    ),
    "no line": ({"items": []}, {("order", 0, 0, "no_items")}),
    "total is not what its parts make": ({"order": {"total": 425.02}}, {("order", 0, 0, "total_formula_differs")}),
    "the taxes make another sum": (
        {"properties": {"Tax": [{"title": "GST", "rate": 18, "type": "P", "amount": 60}]}},
        {("order", 0, 0, "tax_lines_differ")},
    ),
    "no taxes at all": ({"properties": {"Tax": ...}}, {("order", 0, 0, "tax_lines_differ")}),
    "the discounts make another sum": (
        {"discount": 10, "properties": {"Discount": []}},
        {("order", 0, 0, "discount_lines_differ")},
    ),
    "a line's tax is below zero": ({"items": [item(tax=-1.5)]}, {("order_item", 1, 0, "tax_negative")}),
    "a line's discount is below zero": ({"items": [item(discount="-2")]}, {("order_item", 1, 0, "discount_negative")}),
    "a tax is below zero": (
        {
            "properties": {"Tax": [{"title": "A", "amount": 70}, {"title": "B", "amount": -5.2}]},
        },
        {("order", 0, 0, "tax_negative")},
    ),
    "the order's tax is below zero": (
        {
            "order": {"tax_total": -1, "total": 359, "round_off": 0},
            "properties": {"Tax": [{"title": "A", "amount": -1}]},
        },
        {("order", 0, 0, "tax_negative")},
    ),
    "the order's discount is below zero": (
        {
            "order": {"discount_total": -1, "total": 361, "round_off": 0, "tax_total": 0},
            "properties": {"Tax": [], "Discount": [{"title": "A", "amount": -1}]},
        },
        {("order", 0, 0, "discount_negative")},
    ),
    "the total is below zero": (
        {"order": {"total": -1, "round_off": "-425.80"}},
        {("order", 0, 0, "total_negative")},
    ),
    "another status": ({"status": "Refunded"}, {("order", 0, 0, "unknown_status")}),
    "another case is another status": ({"status": "success"}, {("order", 0, 0, "unknown_status")}),
    "no status": (
        {"status": ""},
        {("order", 0, 0, "unknown_status"), ("order", 0, 0, "value_assumed")},
    ),
    "a clock that is ahead": ({"created_on": "2026-01-09 17:35:01"}, {("order", 0, 0, "created_in_future")}),
    "a line that is refused": (
        {"items": [item(), item(price="dear")], "order": {"core_total": 360.0}},
        {("order", 0, 0, "line_rejected")},
    ),
    "no line total": ({"items": [item(total="")]}, {("order_item", 1, 0, "value_assumed")}),
    "an add-on without price and quantity": (
        {"items": [item(addons=[addon(price="", quantity="")])]},
        {("order_item_addon", 1, 1, "value_assumed")},
    ),
    "a tax without a title": (
        {"properties": {"Tax": [{"rate": 18, "amount": 64.8}]}},
        {("order", 0, 0, "value_assumed")},
    ),
    "an item id that is none": ({"items": [item(itemid="A1")]}, {("order_item", 1, 0, "value_unreadable")}),
    "an item id beyond its column": ({"items": [item(itemid=2**63)]}, {("order_item", 1, 0, "value_unreadable")}),
    "an add-on id that is a list": (
        {"items": [item(addons=[addon(addonid=[1])])]},
        {("order_item_addon", 1, 1, "value_unreadable")},
    ),
    "a long table number": ({"order": {"table_no": "T" * 51}}, {("order", 0, 0, "text_cut")}),
    "a character PostgreSQL refuses": ({"items": [item("Co\x00ne")]}, {("order_item", 1, 0, "text_damaged")}),
    "half a pair of surrogates": ({"order": {"comment": "\ud83d"}}, {("order", 0, 0, "text_damaged")}),
}


def flags_of(event: dict[str, Any]) -> set[tuple[str, int, int, str]]:
    batch = read(event)
    assert len(batch.orders) == 1, batch.rejects
    return {(flag.entity, flag.line_no, flag.addon_no, flag.code) for flag in batch.flags}


@pytest.mark.parametrize("case", ODD)
def test_each_oddity_has_its_flag_and_no_other(case: str) -> None:
    said, expected = ODD[case]
    assert flags_of(order_event(**said)) == expected


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"items": [item(), item("Waffle", 80, quantity=10)], "packaging": 80, "delivery": 30, "service": 12},
        {"discount": 100},
        {"status": "Cancelled"},
        {"status": " Success "},
        {"status": "Complimentary", "items": [item(price=0)]},
        {"items": [item(addons=[addon(price=0), addon("Nuts", "30", quantity=2)])]},
        {"created_on": "2026-01-09 17:34:59"},
        {"items": [item(price=33.335, quantity=3, total=100.005)]},
        {"order": {"total": 424.81, "round_off": 0}},
    ],
)
def test_an_ordinary_order_has_no_flag(said: dict[str, Any]) -> None:
    assert flags_of(order_event(**said)) == set()


def test_dear_add_ons_may_be_in_core_total_once_a_line_for_every_piece_or_not_at_all() -> None:
    line = item(price=100, quantity=2, addons=[addon("Nuts", 30, quantity=1)])
    for core in (200, 230, 260):
        totals = {"core_total": core, "tax_total": 0, "total": core, "round_off": 0}
        assert flags_of(order_event(items=[line], order=totals, properties={"Tax": []})) == set(), core
    totals = {"core_total": 245, "tax_total": 0, "total": 245, "round_off": 0}
    found = flags_of(order_event(items=[line], order=totals, properties={"Tax": []}))
    assert found == {("order", 0, 0, "items_differ_from_core_total")}


def test_lines_rounded_one_by_one_may_differ_by_a_paisa_each_and_not_more() -> None:
    lines = [item(price=10.0) for _ in range(4)]
    for core, odd in ((40.04, False), (40.05, True)):
        totals = {"core_total": core, "tax_total": 0, "total": core, "round_off": 0}
        found = flags_of(order_event(items=lines, order=totals, properties={"Tax": []}))
        assert found == ({("order", 0, 0, "items_differ_from_core_total")} if odd else set())


def test_a_clock_may_be_five_minutes_ahead() -> None:
    event = order_event(created_on="2026-01-09 17:30:00")  # noon in UTC
    for behind, odd in ((timedelta(minutes=5), False), (timedelta(minutes=5, seconds=1), True)):
        codes = {flag.code for flag in read(event, wanted=policy(as_of=NOW - behind)).flags}
        assert codes == ({"created_in_future"} if odd else set())


def test_a_negative_tax_or_discount_of_a_line_is_stored_as_nought_and_told() -> None:
    batch = read(order_event(items=[item(tax=-1.5, discount=-2)]))
    assert (batch.items[0].tax_amount, batch.items[0].discount_amount) == (0, 0)
    assert {flag.code: flag.detail for flag in batch.flags} == {
        "tax_negative": "OrderItem[1].tax is -1.50, stored as 0",
        "discount_negative": "OrderItem[1].discount is -2.00, stored as 0",
    }


def test_several_oddities_of_one_kind_and_place_are_one_flag_that_tells_all() -> None:
    batch = read(order_event(order={"table_no": "T" * 60, "token_no": "N" * 70}))
    assert [(flag.code, flag.detail) for flag in batch.flags] == [
        (
            "text_cut",
            "Order.table_no has 60 characters, 50 are stored; Order.token_no has 70 characters, 50 are stored",
        )
    ]


def test_a_flag_of_a_thousand_oddities_stays_short() -> None:
    taxes = [{"amount": 0.0} for _ in range(1000)]
    flags = {flag.code: flag.detail for flag in read(order_event(properties={"Tax": taxes})).flags}
    assert flags["value_assumed"].endswith("; and 990 more") and len(flags["value_assumed"]) < 1000


def test_a_status_that_looks_like_a_phone_number_is_not_shown() -> None:
    batch = read(order_event(status="call 98765 04321"))
    assert batch.orders[0].order_status == "call 98765 04321"
    assert "04321" not in str(batch.flags)


def test_every_code_has_its_sentence_and_no_other_can_be_noted() -> None:
    told = {code for _, expected in ODD.values() for *_, code in expected}
    assert told | {"raw_cut"} == set(CODES)
    with pytest.raises(AssertionError):
        Notes().add("no_such_code", "")
