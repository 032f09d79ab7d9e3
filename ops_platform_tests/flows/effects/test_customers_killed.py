"""kill -9 while customers are made: the API makes a second one without a word, so everything hangs on the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_platform.adapters.ledger import Origin
from ops_platform.core.effect_keys import new_customer
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.recording import record_now
from ops_platform.flows.effects.registry import Senders
from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.effects.campaign import Campaign
from ops_platform_tests.flows.effects.workers import POINTS, Job, Workers, workers
from ops_platform_tests.flows.retail.till import Till, till

SENDERS = "ops_platform_tests.flows.effects.workers:to_sandbox"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Workers]:
    with workers() as found:
        yield found


@pytest.fixture(scope="module")
def served(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with till(database_url, tmp_path_factory.mktemp("till")) as made:
        yield made


@pytest.fixture
def shop(served: Till, tmp_path: Path) -> Till:
    return served.begin(tmp_path)


def record(shop: Till, lead_ids: list[str]) -> list[str]:
    """Customers that are to be made of leads, each with an address that names its key."""
    rows = [
        {
            "key": new_customer(lead_id),
            "kind": "customer",
            "target": lead_id,
            "payload": {"FST_NAM": "Pat", "LST_NAM": "Example", "EMAIL_ADRS_1": f"{lead_id}@customers.example"},
            "label": "a lead",
            "reason": "a test",
        }
        for lead_id in lead_ids
    ]
    with shop.systems() as systems:
        record_now(shop.db, Senders(systems), effect_set(rows), Origin("new_customers", "planned", run_id="test"))
    return [row["key"] for row in rows]


def made(shop: Till) -> list[str]:
    """The keys of the customers in AR_CUST, one for each row."""
    found = shop.rows('SELECT "EMAIL_ADRS_1" AS email FROM "AR_CUST" ORDER BY 1')
    return [new_customer(row["email"].partition("@")[0]) for row in found]


def campaign(shop: Till, nursery: Workers, point: str = "") -> Campaign:
    given = {"root": str(shop.root), "env": shop.env, "url": shop.url, "sandbox": shop.sandbox.url}
    return Campaign(shop.db, nursery, Job(shop.url, SENDERS, given, point), lambda: made(shop))


def test_deliveries_killed_at_every_named_moment_make_each_customer_once(shop: Till, nursery: Workers) -> None:
    keys = []
    for place, point in enumerate(POINTS):
        keys += record(shop, [f"{place}a", f"{place}b"])
        nursery.wait(nursery.start(campaign(shop, nursery, point).job))
        assert set(shop.effects().values()) != {"sent"}, f"nobody died {point}"
        shop.later()
    ending = campaign(shop, nursery)
    ending.finish()
    ending.holds(keys)


@pytest.mark.chaos
def test_deliveries_killed_at_random_make_nobody_twice_and_lose_nobody(shop: Till, nursery: Workers) -> None:
    shop.env["OPS_EFFECTS__RETRY_FIRST_SECONDS"] = "0"
    shop.env["OPS_EFFECTS__DAILY_BUDGET"] = "{}"
    shop.use(counterpoint_api__timeout_seconds=0.5)
    killing = campaign(shop, nursery)
    keys: list[str] = []
    for attempt in range(kills(full=100, short=4)):
        keys += record(shop, [f"{attempt:03x}{number}" for number in range(3)])
        faults = [
            ("timeout_after", {}),
            ("status", {"status": 502, "accepted": True}),
            ("no_template", {}),
            ("reset", {}),
        ]
        kind, options = faults[attempt % len(faults)]
        shop.sandbox.faults.add("counterpoint", kind, method="POST", after=attempt % 3, **options)
        killing.kill(attempt, after=(0.02, 0.5))
        there = made(shop)  # read once: the call of a killed worker may still arrive
        assert len(there) == len(set(there))
    shop.sandbox.faults.switch_off()
    killing.finish()
    killing.holds(keys)
    killing.ends()
