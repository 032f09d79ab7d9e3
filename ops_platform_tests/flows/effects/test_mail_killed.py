"""kill -9 while mails are handed over by real SMTP: no customer gets one twice, none is lost, none stays unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Origin
from ops_platform.adapters.mail_templates import example_context
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.recording import record_now
from ops_platform_tests.adapters.mail_parts import Post, running_post
from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.effects.campaign import Campaign
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.effects.workers import Job, Workers, to_sandbox

SENDERS = "ops_platform_tests.flows.effects.workers:to_sandbox"
# A look-up that is killed counts as one, so there have to be many.
ENV = {
    "OPS_MAIL__PER_MINUTE": "6000",
    "OPS_MAIL__DAILY_LIMIT": "100000",
    "OPS_EFFECTS__RETRY_FIRST_SECONDS": "0",
    "OPS_EFFECTS__MOST_LOOKS": "1000",
}


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with running_post(tmp_path) as found:
        yield found


def mail(key: str, kind: str) -> dict[str, Any]:
    name = "stock_notification" if kind == "customer" else "followup_leads"
    to = f"{key.replace('/', '.')}@customers.example"
    payload = {"template": name, "to": [to], "context": example_context(name), "kind_of_mail": kind}
    return {"key": key, "kind": "email", "target": to, "payload": payload, "label": "a mail", "reason": "asked for"}


def message_id(key: str) -> str:
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@sandbox.example>"


@pytest.mark.chaos
def test_mails_killed_at_random_arrive_once_each(
    open_db: Database, database_url: str, nursery: Workers, post: Post, tmp_path: Path
) -> None:
    forget(open_db)
    given = {"root": str(tmp_path), "env": ENV, "url": database_url, "sandbox": post.sandbox.url}
    keys: list[str] = []
    campaign = Campaign(
        open_db,
        nursery,
        Job(database_url, SENDERS, given),
        lambda: [key for key in keys for _ in range(post.state.times_kept(message_id(key)))],
    )
    for attempt in campaign.attempts(kills(full=100, short=3)):
        fresh = [f"stock_mail/{attempt}/{number}" for number in range(10)] + [f"report/{attempt}/1"]
        keys += fresh
        with to_sandbox(process="test", **given) as senders:
            rows = effect_set(mail(key, "staff" if key.startswith("report") else "customer") for key in fresh)
            record_now(open_db, senders, rows, Origin("stock_notifications", "planned", run_id="test"))
        post.fault("drop", method="DATA", path=f"stock_mail.{attempt}.3@", accepted=bool(attempt % 2))
        post.fault("reply", method="RCPT", path=f"stock_mail.{attempt}.5@", status=450)
        campaign.kill(attempt, after=(0.15, 0.8))
    campaign.finish()
    campaign.holds(keys)
    campaign.ends()
    assert len(list((tmp_path / "home" / "mail").glob("*/*/*/*.eml"))) == len(keys)
