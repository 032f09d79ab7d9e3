"""A database, Twilio's stand-in, and the platform's own delivery of texts between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Origin
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.delivery import deliver
from ops_platform.flows.effects.orders import Delivered, orders_of
from ops_platform.flows.effects.recording import Recorded, record_now
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.retail.systems import Systems, open_systems
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.ground import Ground

PAT, LEE = "+18285550142", "+18285550143"


def noon_zone() -> str:
    """A zone in which it is about noon now, so that no test depends on the hour it runs at."""
    east = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def text(number: int = 1, to: str = PAT, **values: Any) -> dict[str, Any]:
    """A text as a campaign plans it; payload keys among the values go into the payload."""
    payload: dict[str, Any] = {
        "to": to,
        "body": f"Hi! This is text {number}.",
        "media": [],
        "segments": 1,
        "campaign": "first_time_1",
        "cust_no": str(number),
        "zones": [noon_zone()],
        "states": [],
    }
    payload |= {name: values.pop(name) for name in list(values) if name in payload}
    usual = {"kind": "text", "target": to, "label": f"customer {number}", "reason": "asked for", "keep_first": True}
    key = f"text/{payload['campaign']}/{number}/2026-05-14"
    return {"key": key, "payload": payload, **usual, **values}


@dataclass
class Shop(Ground):
    """Everything a test of texts needs."""

    db: Database
    url: str
    state: TwilioSandbox
    sandbox: Sandbox
    root: Path
    env: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def systems(self) -> Iterator[Systems]:
        with open_systems(self.settings, self.url, sandbox_url=self.sandbox.url) as systems:
            yield systems

    def record(self, *rows: dict[str, Any]) -> Recorded:
        with self.systems() as systems:
            return record_now(self.db, Senders(systems), effect_set(rows), Origin("text_first_time_1", run_id="test"))

    def deliver(self) -> Delivered:
        with self.systems() as systems:
            senders = Senders(systems)
            return deliver(self.db, senders, orders_of(senders), run_id="test")

    def send(self, *rows: dict[str, Any]) -> dict[str, str]:
        """Record and deliver; status by customer number."""
        self.record(*rows)
        self.deliver()
        return self.statuses()

    def statuses(self) -> dict[str, str]:
        query = "SELECT payload->>'cust_no' AS cust_no, status FROM effects ORDER BY effect_id"
        return {row["cust_no"]: row["status"] for row in self.rows(query)}

    def reason(self, number: int) -> str:
        query = "SELECT reason FROM effects WHERE payload->>'cust_no' = :number"
        return str(self.rows(query, number=str(number))[0]["reason"])

    def arrived(self) -> list[tuple[str, str]]:
        return [(each.to, each.body) for each in self.state.texts()]


@pytest.fixture(scope="module")
def phone_company() -> Iterator[tuple[TwilioSandbox, Sandbox]]:
    state = TwilioSandbox(step_seconds=0.0)
    with running_sandbox([twilio_service(state)]) as sandbox:
        yield state, sandbox


@pytest.fixture
def shop(
    open_db: Database, database_url: str, phone_company: tuple[TwilioSandbox, Sandbox], tmp_path: Path
) -> Iterator[Shop]:
    state, sandbox = phone_company
    open_db.execute("TRUNCATE retail.text_suppressions, retail.text_inbound")
    forget(open_db)
    state.forget()
    state.clock = lambda: datetime.now(UTC)
    yield Shop(open_db, database_url, state, sandbox, tmp_path, {"OPS_RETAIL__TEXTS__PER_SECOND": "1000"})
    sandbox.faults.switch_off()
