"""kill -9 while coupons are made over real HTTP: no request gets two, none goes without, none stays unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Origin
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.recording import record_now
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.effects.campaign import Campaign
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.effects.workers import Job, Workers, to_sandbox

SENDERS = "ops_platform_tests.flows.effects.workers:to_sandbox"
# A look-up that is killed counts as one, so there have to be many.
ENV = {
    "OPS_EFFECTS__RETRY_FIRST_SECONDS": "0",
    "OPS_EFFECTS__MOST_LOOKS": "1000",
    "OPS_EFFECTS__DAILY_BUDGET": '{"coupon": 100000}',
}


def coupon(key: str, code: str) -> dict[str, Any]:
    payload = {
        "api": "v2",
        "code": code,
        "name": f"Back in Stock(10093, {code})",
        "type": "per_total_discount",
        "amount": "10",
        "min_purchase": "100",
        "expires": "2099-05-17T11:30:00-04:00",
        "max_uses": 1,
        "max_uses_per_customer": 1,
    }
    return {
        "key": key,
        "kind": "coupon",
        "target": code,
        "payload": payload,
        "label": "a coupon",
        "reason": "asked for",
    }


@pytest.mark.chaos
def test_coupons_killed_at_random_are_made_once_each(
    open_db: Database, database_url: str, nursery: Workers, tmp_path: Path
) -> None:
    forget(open_db)
    shop = BigcommerceSandbox()
    keys: dict[str, str] = {}  # by code
    with running_sandbox([bigcommerce_service(shop)], folder=tmp_path) as sandbox:
        given: dict[str, Any] = {"root": str(tmp_path), "env": ENV, "url": database_url, "sandbox": sandbox.url}

        def made() -> list[str]:
            return [keys[each["code"]] for each in list(shop.tables["coupons"].values())]

        campaign = Campaign(open_db, nursery, Job(database_url, SENDERS, given), made)
        for attempt in campaign.attempts(kills(full=100, short=3)):
            fresh = {f"K{attempt:03}{number:04}": f"stock_coupon/{attempt}/{number}" for number in range(8)}
            keys |= fresh
            with to_sandbox(process="test", **given) as senders:
                rows = effect_set(coupon(key, code) for code, key in fresh.items())
                record_now(open_db, senders, rows, Origin("stock_notifications", "planned", run_id="test"))
            faults: tuple[tuple[str, dict[str, Any]], ...] = (
                ("reset", {"accepted": True}),
                ("status", {"status": 503}),
            )
            kind, options = faults[attempt % 2]
            sandbox.faults.add("bigcommerce", kind, method="POST", after=attempt % 5, **options)
            campaign.kill(attempt, after=(0.1, 0.5))
        sandbox.faults.switch_off()
        campaign.finish()
        campaign.holds(list(keys.values()))
        campaign.ends()
