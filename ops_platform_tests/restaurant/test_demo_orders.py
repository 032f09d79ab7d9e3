"""The demo's bills: they reconcile to the paisa, look like the real feed, and name nobody."""

from __future__ import annotations

import functools
import json
import random
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_platform.paths import project_root
from ops_platform.restaurant.demo_bills import properties
from ops_platform.restaurant.demo_data import demo_events, demo_json_lines
from ops_platform.restaurant.demo_names import demo_labels
from ops_platform.restaurant.demo_orders import CHANNELS, draw_order

SAMPLE = project_root().parent / "shared" / "data" / "restaurant" / "order_event_sample.json"
LAST_DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def sample() -> dict[str, Any]:
    if not SAMPLE.is_file():
        pytest.skip(f"the sample of the feed is not in {SAMPLE.parent}")
    event: dict[str, Any] = json.loads(SAMPLE.read_text("utf-8"))["data"][0]
    return event


@functools.cache
def sixty_days() -> list[dict[str, Any]]:
    """The demo's events as a file holds them: numbers with a point are Decimal."""
    lines = demo_json_lines(demo_events(last_day=LAST_DAY))
    return [json.loads(line, parse_float=Decimal) for line in lines]


def written(event: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = event["raw_event"]["raw_payload"]["properties"]
    return found


@settings(deadline=None)
@given(st.integers(), st.sampled_from(["Success", "Cancelled", "Complimentary"]))
def test_every_bill_reconciles_to_the_paisa(seed: int, status: str) -> None:
    order = draw_order(random.Random(seed), 7, datetime.fromisoformat("2026-03-04 21:30:00"))
    if status == "Complimentary":
        order.complimentary()
    order.status = status
    bill = json.loads(json.dumps(properties(order)), parse_float=Decimal)
    head, lines = bill["Order"], bill["OrderItem"]
    for line in lines:
        assert line["quantity"] * line["price"] == line["total"]
        assert line["tax"] >= 0 <= line["discount"] <= line["total"]
    assert sum(line["total"] for line in lines) == head["core_total"]
    assert sum(line["tax"] for line in lines) == head["tax_total"] == sum(tax["amount"] for tax in bill["Tax"])
    assert sum(line["discount"] for line in lines) == head["discount_total"]
    assert sum(discount["amount"] for discount in bill["Discount"]) == head["discount_total"]
    assert head["total"] == (
        head["core_total"]
        + head["tax_total"]
        - head["discount_total"]
        + head["delivery_charges"]
        + head["packaging_charge"]
        + head["service_charge"]
        + Decimal(head["round_off"])
    )
    assert head["total"] % 1 == 0
    assert abs(Decimal(head["round_off"])) <= Decimal("0.50")
    half = (head["core_total"] - head["discount_total"]) * Decimal("0.09")
    assert {tax["title"]: abs(tax["amount"] - half) <= Decimal("0.005") for tax in bill["Tax"]} == {
        "CGST@9": True,
        "SGST@9": True,
    }


def test_a_per_cent_discount_is_that_share_of_the_lines() -> None:
    seen = set()
    for event in sixty_days():
        bill = written(event)
        for discount in bill["Discount"]:
            seen.add(discount["type"])
            if discount["type"] == "P":
                exact = bill["Order"]["core_total"] * discount["rate"] / 100
                assert abs(discount["amount"] - exact) <= Decimal("0.005")
    assert seen == {"F", "P"}


def test_a_complimentary_order_costs_nothing() -> None:
    free = [written(event) for event in sixty_days() if written(event)["Order"]["status"] == "Complimentary"]
    assert len(free) > 20
    assert {bill["Order"]["total"] for bill in free} == {0}
    assert {line["price"] for bill in free for line in bill["OrderItem"]} == {0}


def test_orders_come_from_the_channels_in_their_shares() -> None:
    seen = Counter(
        (written(event)["Order"]["order_from"], written(event)["Order"]["order_type"]) for event in sixty_days()
    )
    for channel in CHANNELS:
        share = 100 * seen[channel.order_from, channel.order_type] / len(sixty_days())
        assert share == pytest.approx(channel.share, abs=2.5)


def test_an_order_has_as_many_lines_and_add_ons_as_a_real_one() -> None:
    lines = [line for event in sixty_days() for line in written(event)["OrderItem"]]
    assert len(lines) / len(sixty_days()) == pytest.approx(1.75, abs=0.05)
    assert sum(len(line["addon"]) for line in lines) / len(sixty_days()) == pytest.approx(0.67, abs=0.05)


def test_evenings_and_weekends_are_busy() -> None:
    created = [event["occurred_at"] for event in sixty_days()]
    hours = Counter(int(text[11:13]) for text in created)
    assert hours.most_common(1)[0][0] in {14, 15, 16}  # UTC: half past seven to half past ten in the evening
    days = Counter(date.fromisoformat(text[:10]).weekday() for text in created)
    assert min(days[5], days[6]) > 1.2 * max(days[0], days[1])


def test_every_name_on_a_bill_has_a_label() -> None:
    labels = set(demo_labels()["raw_name"])
    for event in sixty_days():
        for line in written(event)["OrderItem"]:
            assert line["name"] in labels
            assert all(addon["name"] in labels for addon in line["addon"])


def test_people_are_invented_and_their_numbers_cannot_be_dialled() -> None:
    phones = 0
    for event in sixty_days():
        customer = written(event)["Customer"]
        assert re.fullmatch(r"(Demo Customer \d{4})?", customer["name"])
        assert re.fullmatch(r"(\+91 00000 \d{5})?", customer["phone"])
        assert re.fullmatch(r"(Flat \d+, Example Residency, Demo Town)?", customer["address"])
        phones += bool(customer["phone"])
    assert phones > 100


@pytest.mark.realdata
def test_events_have_the_shape_and_the_types_of_the_real_feed(sample: dict[str, Any]) -> None:
    real, ours = _shape(sample), Counter[tuple[str, str]]()
    for event in demo_events(last_day=LAST_DAY, days=3):
        if isinstance(written(event)["Order"]["total"], float):  # or it was broken on purpose
            ours.update(_shape(event))
    texts_or_numbers = {path for path, _ in real if path.endswith(("addon[].price", "addon[].quantity"))}
    assert {pair for pair in ours if pair[0] not in texts_or_numbers} == set(real) - {
        pair for pair in real if pair[0] in texts_or_numbers
    }
    assert {pair for pair in ours if pair[0] in texts_or_numbers} == {
        (path, kind) for path in texts_or_numbers for kind in ("str", "int")
    }


def _shape(value: Any, path: str = "") -> Counter[tuple[str, str]]:
    """Where which type stands."""
    if isinstance(value, dict):
        inner = [_shape(entry, f"{path}.{key}") for key, entry in value.items()]
    elif isinstance(value, list):
        inner = [_shape(entry, f"{path}[]") for entry in value]
    else:
        return Counter({(path, type(value).__name__): 1})
    return sum(inner, Counter())
