"""kill -9 while customers are made: the API makes a second one without a word, so everything hangs on the ledger."""

from __future__ import annotations

import pytest

from ops_platform.adapters.ledger import Origin
from ops_platform.core.effect_keys import new_customer
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.recording import record_now
from ops_platform.flows.effects.registry import Senders
from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.effects.campaign import Campaign
from ops_platform_tests.flows.effects.workers import POINTS, Job, Workers
from ops_platform_tests.flows.retail.till import Till

SENDERS = "ops_platform_tests.flows.effects.workers:to_sandbox"


def record(till: Till, lead_ids: list[str]) -> list[str]:
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
    with till.systems() as systems:
        record_now(till.db, Senders(systems), effect_set(rows), Origin("new_customers", "planned", run_id="test"))
    return [row["key"] for row in rows]


def made(till: Till) -> list[str]:
    """The keys of the customers in AR_CUST, one for each row."""
    found = till.rows('SELECT "EMAIL_ADRS_1" AS email FROM "AR_CUST" ORDER BY 1')
    return [new_customer(row["email"].partition("@")[0]) for row in found]


def campaign(till: Till, nursery: Workers, point: str = "") -> Campaign:
    given = {"root": str(till.root), "env": till.env, "url": till.url, "sandbox": till.sandbox.url}
    return Campaign(till.db, nursery, Job(till.url, SENDERS, given, point), lambda: made(till))


def test_deliveries_killed_at_every_named_moment_make_each_customer_once(till: Till, nursery: Workers) -> None:
    keys = []
    for place, point in enumerate(POINTS):
        keys += record(till, [f"{place}a", f"{place}b"])
        nursery.wait(nursery.start(campaign(till, nursery, point).job))
        assert set(till.effects().values()) != {"sent"}, f"nobody died {point}"
        till.later()
    ending = campaign(till, nursery)
    ending.finish()
    ending.holds(keys)


@pytest.mark.chaos
def test_deliveries_killed_at_random_make_nobody_twice_and_lose_nobody(till: Till, nursery: Workers) -> None:
    till.env["OPS_EFFECTS__RETRY_FIRST_SECONDS"] = "0"
    till.env["OPS_EFFECTS__DAILY_BUDGET"] = "{}"
    till.use(counterpoint_api__timeout_seconds=0.5)
    killing = campaign(till, nursery)
    keys: list[str] = []
    for attempt in killing.attempts(kills(full=100, short=4)):
        keys += record(till, [f"{attempt:03x}{number}" for number in range(3)])
        faults = [
            ("timeout_after", {}),
            ("status", {"status": 502, "accepted": True}),
            ("no_template", {}),
            ("reset", {}),
        ]
        kind, options = faults[attempt % len(faults)]
        till.sandbox.faults.add("counterpoint", kind, method="POST", after=attempt % 3, **options)
        killing.kill(attempt, after=(0.02, 0.5))
        there = made(till)  # read once: the call of a killed worker may still arrive
        assert len(there) == len(set(there))
    till.sandbox.faults.switch_off()
    killing.finish()
    killing.holds(keys)
    killing.ends()
