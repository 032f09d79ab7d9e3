"""What order events become: rows, and the same rows again from what is kept of them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from ops_platform.restaurant.events import ReadPolicy
from ops_platform.restaurant.rows import OrderBatch
from ops_platform_tests.restaurant.order_events import (
    ANNA,
    HASH_KEY,
    KOLKATA,
    NOW,
    addon,
    bare,
    item,
    order_event,
    policy,
    read,
    through_jsonb,
)

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "restaurant" / "order_event_sample.json"
CANARIES = ("Anna", "04321", "Canary", "CANARY")


def everything(batch: OrderBatch) -> dict[str, Any]:
    return vars(batch)


def read_again(batch: OrderBatch, wanted: ReadPolicy | None = None) -> OrderBatch:
    return read(*(through_jsonb(order.raw) for order in batch.orders), wanted=wanted)


@pytest.mark.realdata
def test_the_sample_of_the_feed_is_read_without_a_flag() -> None:
    if not SAMPLE.is_file():
        pytest.skip(f"the sample event is not in {SAMPLE}")
    events = json.loads(SAMPLE.read_text(encoding="utf-8"), parse_float=Decimal)["data"]
    batch = read(*events)
    order = batch.orders[0]
    assert (order.petpooja_order_id, order.stream_id, order.business_date) == (110, 111, date(2025, 6, 8))
    assert order.created_on == datetime(2025, 6, 8, 20, 55, 58, tzinfo=KOLKATA)
    assert order.occurred_at == datetime(2026, 1, 3, 17, 40, 38, 27_940, tzinfo=UTC)
    assert (str(order.core_total), str(order.round_off), str(order.total)) == ("1440.00", "-0.20", "1661.00")
    assert [(line.quantity, str(line.total_price)) for line in batch.items] == [(1, "360.00"), (3, "1080.00")]
    assert [(line.name_raw, line.petpooja_addonid, line.quantity) for line in batch.addons] == [("Cup", "53392899", 1)]
    assert [tax.tax_title for tax in batch.taxes] == ["CGST@9", "SGST@9"]
    assert [str(one.discount_amount) for one in batch.discounts] == ["100.00"]
    assert (batch.flags, batch.rejects, batch.ignored, batch.read) == ([], [], [], 1)


def test_every_column_comes_from_its_field() -> None:
    event = order_event(
        items=[item("Cone", 120, quantity=2, sap_code="S1", vendoritemcode="V1", specialnotes="no nuts")],
        delivery=30,
        packaging=20,
        service=10,
        order={
            "assignee": "Asha",
            "table_no": "T4",
            "token_no": "9",
            "no_of_persons": 3,
            "comment": "soon",
            "sub_order_type": "Pick",
        },
    )
    batch = read(event)
    order, line = batch.orders[0], batch.items[0]
    assert (order.petpooja_restid, order.restaurant_name) == ("rest0001", "Test Creamery")
    assert (order.order_type, order.order_from, order.sub_order_type) == ("Delivery", "Zomato", "Pick")
    assert (order.order_from_id, order.payment_type, order.order_status) == ("6000000000", "Online", "Success")
    assert (order.biller, order.assignee, order.table_no, order.token_no) == ("Zomato", "Asha", "T4", "9")
    assert (order.no_of_persons, order.customer_invoice_id, order.comment) == (3, "110", "soon")
    assert (order.delivery_charges, order.packaging_charge, order.service_charge) == (30, 20, 10)
    assert (order.event_id, order.aggregate_id) == ("00000000-0000-4000-8000-000000000111", "110")
    assert (line.petpooja_itemid, line.itemcode, line.category_name) == (1282571499, "VANILLAICE", "Comfort Classics")
    assert (line.sap_code, line.vendoritemcode, line.specialnotes) == ("S1", "V1", "no nuts")
    assert (line.quantity, line.unit_price, line.total_price) == (2, 120, 240)


def test_numbers_may_be_texts_and_ids_numbers_or_texts() -> None:
    plain = order_event(items=[item("Cone", 120.0, quantity=2, addons=[addon(price=5, quantity=1)])])
    spelled = copy.deepcopy(plain)
    properties = spelled["raw_event"]["raw_payload"]["properties"]
    for key in ("core_total", "tax_total", "total", "service_charge", "no_of_persons", "orderID"):
        properties["Order"][key] = str(properties["Order"][key])
    line = properties["OrderItem"][0]
    line |= {"quantity": "2.0", "price": "₹120.00", "total": "240", "itemid": "1282571499"}
    line["addon"][0] |= {"addonid": 53392899, "price": "5", "quantity": 1.0}
    properties["Tax"][0] |= {"rate": "9", "amount": str(properties["Tax"][0]["amount"])}
    spelled |= {"stream_id": "111", "aggregate_id": 110}
    found, expected = read(spelled), read(plain)
    assert found.orders[0]._replace(raw={}) == expected.orders[0]._replace(raw={})
    assert (found.items, found.addons, found.taxes) == (expected.items, expected.addons, expected.taxes)
    assert found.flags == expected.flags == []


@pytest.mark.parametrize("nothing", ["", None, "  ", ...])
def test_nothing_is_read_alike_however_it_is_written(nothing: Any) -> None:
    optional = ("table_no", "comment", "no_of_persons", "delivery_charges", "round_off", "order_from_id", "biller")
    line = item(price=100, tax=nothing, discount=nothing, itemid=nothing, itemcode=nothing, addon=...)
    order = dict.fromkeys(optional, nothing) | {"tax_total": nothing, "total": 100}
    batch = read(order_event(items=[line], order=order, properties={"Tax": ...}))
    row = batch.orders[0]
    assert (row.table_no, row.comment, row.no_of_persons, row.order_from_id, row.biller) == (None,) * 5
    assert (row.delivery_charges, row.round_off, row.tax_total) == (0, 0, 0)
    assert (batch.items[0].tax_amount, batch.items[0].petpooja_itemid) == (0, None)
    assert (batch.flags, batch.rejects) == ([], [])


def test_all_shapes_of_an_event_give_the_same_rows() -> None:
    envelope = order_event(items=[item(addons=[addon()])], discount=10)
    webhook = copy.deepcopy(envelope["raw_event"]["raw_payload"])
    full, posted, listed = read(envelope), read(webhook), read(bare(envelope))
    assert (posted.items, posted.addons, posted.taxes, posted.discounts) == (
        full.items,
        full.addons,
        full.taxes,
        full.discounts,
    )
    around = dict.fromkeys(("stream_id", "event_id", "aggregate_id", "occurred_at"))
    for batch in (posted, listed):
        assert batch.orders[0]._replace(raw={}) == full.orders[0]._replace(raw={}, **around)
    assert listed.items == full.items


def test_lines_keep_their_number_on_the_bill_when_one_before_is_refused() -> None:
    lines = [item("One"), item("Two", price=-1), item("Three", addons=[addon("A", "x"), addon("B")])]
    batch = read(order_event(items=lines))
    assert [(line.line_no, line.name_raw) for line in batch.items] == [(1, "One"), (3, "Three")]
    assert [(line.line_no, line.addon_no, line.name_raw) for line in batch.addons] == [(3, 2, "B")]
    assert [(reject.entity, reject.code, reject.column_name) for reject in batch.rejects] == [
        ("order_item", "negative", "OrderItem[2].price"),
        ("order_item_addon", "not_a_number", "OrderItem[3].addon[1].price"),
    ]
    told = {flag.code: flag.detail for flag in batch.flags}
    assert told["line_rejected"] == "2: OrderItem[2].price, OrderItem[3].addon[1].price"


def test_a_bad_order_does_not_stop_the_others_and_numbers_join_rows() -> None:
    batch = read(order_event(stream_id=1), {"Order": {}}, order_event(order_id=9, stream_id=3, items=[item("Cone")]))
    assert [(order.order_no, order.place, order.petpooja_order_id) for order in batch.orders] == [
        (0, 1, 110),
        (1, 3, 9),
    ]
    assert [(line.order_no, line.name_raw) for line in batch.items][1] == (1, "Cone")
    assert [(reject.place, reject.order_no) for reject in batch.rejects] == [(2, None)]
    assert batch.read == 3


def test_what_is_no_order_is_ignored_and_not_read() -> None:
    stock = order_event(stream_id=7, envelope={"aggregate_type": "stock"})
    batch = read(
        stock, order_event(envelope={"aggregate_type": "Order"}), order_event(envelope={"aggregate_type": None})
    )
    assert batch.ignored == [(1, 7)] and batch.read == len(batch.orders) == 2
    assert read(order_event(envelope={"aggregate_type": ""})).ignored == []
    assert read({"aggregate_type": "menu", "stream_id": "x"}).ignored == [(1, None)]


def test_a_day_is_the_operating_day_and_an_offset_wins_over_the_shops_clock() -> None:
    after_midnight = read(order_event(created_on="2025-06-09 01:10:00")).orders[0]
    assert after_midnight.business_date == date(2025, 6, 8)
    abroad = read(order_event(created_on="2025-06-08T20:00:00+00:00")).orders[0]
    assert abroad.created_on == datetime(2025, 6, 9, 1, 30, tzinfo=KOLKATA) and abroad.business_date == date(2025, 6, 8)


def test_an_event_happened_in_utc_unless_it_says_otherwise() -> None:
    for text in ("2026-01-03T17:40:38", "2026-01-03T17:40:38Z", "2026-01-03T23:10:38+05:30"):
        order = read(order_event(envelope={"occurred_at": text})).orders[0]
        assert order.occurred_at == datetime(2026, 1, 3, 17, 40, 38, tzinfo=UTC)


def test_a_name_is_kept_as_it_came_and_other_texts_are_trimmed_and_cut() -> None:
    batch = read(order_event(items=[item("  Cone  &amp; Cup ", category_name="c" * 300)], order={"table_no": " T1 "}))
    assert batch.items[0].name_raw == "  Cone  &amp; Cup "
    assert batch.items[0].category_name == "c" * 255 and batch.orders[0].table_no == "T1"
    assert [flag.code for flag in batch.flags] == ["text_cut"]


def test_a_name_as_long_as_its_column_is_loaded() -> None:
    batch = read(order_event(items=[item("n" * 500, addons=[addon("a" * 255)])]))
    assert len(batch.items[0].name_raw) == 500 and len(batch.addons[0].name_raw) == 255 and not batch.flags


@pytest.mark.parametrize("wanted", ["none", "hashed", "full"])
@pytest.mark.parametrize("shape", [lambda event: event, bare, lambda event: event["raw_event"]["raw_payload"]])
def test_the_customer_is_kept_as_the_policy_says_and_never_in_the_raw_event(wanted: Any, shape: Any) -> None:
    batch = read(shape(order_event(customer=ANNA)), wanted=policy(wanted, hash_key=HASH_KEY))
    order = batch.orders[0]
    kept = (order.customer_identity, order.customer_name, order.customer_phone)
    assert [part is not None for part in kept] == {
        "none": [False, False, False],
        "hashed": [True, False, False],
        "full": [True, True, True],
    }[wanted]
    assert not any(canary in json.dumps(order.raw) for canary in CANARIES)


@pytest.mark.parametrize(
    "place",
    [
        {"properties": {"Customer": [ANNA]}},
        {"properties": {"Customer": "Anna Canary, 98765 04321"}},
        {"properties": {"customer": ANNA, "CUSTOMERS": [ANNA], "customer_details": ANNA}},
        {"properties": {"buyer": ANNA}},
        {"properties": {"deep": {"down": [[{"Customer": ANNA}]]}}},
        {"order": {"customer_name": "Anna", "customer_phone": "9876504321", "delivery_address": "Canary Lane"}},
        {"order": {"Mobile No.": "9876504321", "e-mail": "Anna@canary.example"}},
        {"envelope": {"Customer": ANNA}},
    ],
)
def test_a_customer_in_any_place_and_shape_is_not_in_the_raw_event(place: Any) -> None:
    order = read(order_event(**place)).orders[0]
    assert not any(canary in json.dumps(order.raw) for canary in CANARIES)
    assert order.customer_invoice_id == "110" and "customer_invoice_id" in json.dumps(order.raw)


def test_keys_of_systems_are_not_in_the_raw_event() -> None:
    event = order_event(order={"app_secret": "s3cret", "access_token": "s3cret", "password": "s3cret"})
    event["raw_event"]["raw_payload"]["token"] = "s3cret"
    assert "s3cret" not in json.dumps(read(event).orders[0].raw)


def test_the_raw_event_keeps_the_envelopes_ids_and_the_order() -> None:
    event = order_event()
    raw = read(event).orders[0].raw
    for key in ("stream_id", "event_id", "occurred_at", "aggregate_id"):
        assert raw[key] == event[key]
    kept = raw["raw_event"]["raw_payload"]["properties"]
    assert kept["Order"] == bare(event)["Order"] and kept["OrderItem"] == bare(event)["OrderItem"]


AWKWARD = (
    order_event(items=[item(addons=[addon()])], discount=10),
    order_event(items=[item("Co\x00ne\ud800"), item(price="x", tax=-0.0), 5, "x", item(addons="x")]),
    order_event(items=[item(tax=float("nan")), item(price=Decimal("33.333333333333333333333333"))]),
    order_event(
        properties={
            "OrderItem": [item(price=Decimal("1E+400")), item(quantity=Decimal("1E+30")), item(quantity=10**40)]
        }
    ),
    order_event(order={"token_no": Decimal("12.50"), "table_no": 1e16, "comment": -0.0, "biller": 10**50}),
    order_event(order={"token_no": Decimal("1E+20"), "assignee": Decimal(f"0.{'1' * 60}"), "no_of_persons": 1e30}),
    order_event(properties={"Tax": "x", "Discount": {"0": {}}, "junk": json.loads("[" * 90 + "]" * 90)}),
    order_event(order={"Ta\x00ble": "x", "table_no": "T" * 99, "spare": 1e300, "small": 5e-324}, status=None),
    bare(order_event(customer=ANNA)),
)


@pytest.mark.parametrize("event", AWKWARD, ids=range(len(AWKWARD)))
def test_the_raw_event_gives_the_same_rows_again_after_it_was_stored(event: Any, database_url: str) -> None:
    batch = read(event)
    with psycopg.connect(database_url) as connection:
        stored = connection.execute("SELECT %s", [Jsonb(batch.orders[0].raw)]).fetchone()
        refused = connection.execute("SELECT %s", [Jsonb([reject.raw for reject in batch.rejects])]).fetchone()
    assert stored is not None and refused is not None
    assert everything(read(stored[0])) == everything(batch)
    assert refused[0] == [reject.raw for reject in batch.rejects]


def test_what_is_nested_absurdly_deep_is_cut_from_the_raw_event_and_told() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    batch = read(order_event(properties={"junk": deep}))
    assert [flag.code for flag in batch.flags] == ["raw_cut"]
    assert len(json.dumps(batch.orders[0].raw)) < 3000
    assert read({"a": deep}, deep).rejects[0].code == "missing"


def test_a_replayed_reject_has_the_same_digest_and_the_same_line_of_another_order_another_one() -> None:
    bad = [item(), item(price="x"), item(price="x")]
    first, again = read(order_event(items=bad)), read(order_event(items=bad))
    other = read(order_event(order_id=8, stream_id=8, items=bad))
    digests = [reject.digest for reject in first.rejects]
    assert digests == [reject.digest for reject in again.rejects] and len(set(digests)) == 2
    assert set(digests).isdisjoint(reject.digest for reject in other.rejects)


def test_a_policy_that_cannot_be_followed_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        policy(as_of=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="customer_hash_key"):
        ReadPolicy(KOLKATA, policy().day_starts_at, "hashed", None, NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=20)
    | st.sampled_from(["order", "Success", "2025-06-08 20:55:58", "NaN", "(nested too deeply, not kept)", 10**40]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8)
            | st.sampled_from(["Order", "Customer", "OrderItem", "properties", "raw_event", "name"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON)
@settings(deadline=None)
@example([])
@example({})
@example({"Order": {"Order": {}}})
def test_any_json_value_is_an_order_a_reject_or_ignored(event: Any) -> None:
    batch = read(event)
    assert batch.read == len(batch.orders) + len(batch.rejects) and batch.read + len(batch.ignored) == 1
    through_jsonb([reject.raw for reject in batch.rejects])


@st.composite
def disturbed_events(draw: st.DrawFn) -> dict[str, Any]:
    """A good event in which some values are any JSON."""
    event = order_event(items=[item(addons=[addon(), addon("Nuts", 30)]), item("Cone", 50, quantity=2)], discount=5)
    properties = event["raw_event"]["raw_payload"]["properties"]
    line = properties["OrderItem"][0]
    places = [event, properties, properties["Order"], properties["OrderItem"][1], line, line["addon"][1]]
    places += [properties["Tax"][0], properties["Discount"][0]]
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(places))
        place[draw(st.sampled_from(sorted(place)))] = draw(JSON)
    return event


@given(disturbed_events())
@settings(deadline=None)
def test_whatever_stands_in_a_field_every_line_is_a_row_or_a_reject_and_reads_the_same_again(event: Any) -> None:
    batch = read(event)
    refused = [reject.entity for reject in batch.rejects]
    assert batch.read == len(batch.orders) + refused.count("order")
    for order in batch.orders:
        lines = bare(event)["OrderItem"]
        assert len(lines) == len(batch.items) + refused.count("order_item")
        assert all(reject.order_no == order.order_no for reject in batch.rejects)
        assert ("line_rejected" in {flag.code for flag in batch.flags}) == bool(refused)
    if batch.orders:
        assert everything(read_again(batch)) == everything(batch)
    through_jsonb([reject.raw for reject in batch.rejects])


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip)
PAISE = st.integers(0, 500_000).map(lambda paise: paise / 100)
ITEMS = st.builds(
    item,
    NAMES,
    PAISE.filter(bool),
    quantity=st.integers(1, 10),
    addons=st.lists(st.builds(addon, NAMES, PAISE, quantity=st.integers(1, 10).map(str)), max_size=3),
)


@given(st.lists(ITEMS, min_size=1, max_size=5), st.integers(1, 2**31), st.sampled_from([0, 0.5, 12]))
@settings(deadline=None)
def test_every_good_order_is_read_to_the_last_paisa_without_a_flag(lines: Any, order_id: int, packaging: float) -> None:
    event = order_event(order_id=order_id, items=lines, packaging=packaging)
    batch = read(through_jsonb(event))
    assert batch.orders[0].total == Decimal(str(bare(event)["Order"]["total"]))
    assert [(row.name_raw, row.quantity, row.unit_price) for row in batch.items] == [
        (line["name"], line["quantity"], Decimal(str(line["price"]))) for line in lines
    ]
    assert [(row.line_no, row.addon_no, row.name_raw, row.price) for row in batch.addons] == [
        (line_no, addon_no, extra["name"], Decimal(str(extra["price"])))
        for line_no, line in enumerate(lines, 1)
        for addon_no, extra in enumerate(line["addon"], 1)
    ]
    assert {flag.code for flag in batch.flags} <= {"text_damaged", "line_total_differs"}
    assert batch.rejects == []
