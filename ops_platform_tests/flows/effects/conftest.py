"""A ledger in a database of its own, a provider over HTTP, and the platform's own delivery between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Origin
from ops_platform.core.effects import effect_set
from ops_platform.flows.effects.delivery import deliver
from ops_platform.flows.effects.orders import Delivered, orders_of
from ops_platform.flows.effects.reconciling import reconcile
from ops_platform.flows.effects.recording import Recorded, record_now
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.effects.senders import Gate
from ops_platform.flows.retail.systems import open_systems
from ops_platform.settings import load_settings
from ops_platform_tests.flows.effects.provider import HttpSender, Provider, running_provider
from ops_platform_tests.flows.ground import Ground

TABLES = "ops.effects, ops.effect_events, ops.effect_controls, ops.effect_rates, retail.text_messages"
KINDS = ("coupon", "email")


def forget(db: Database) -> None:
    """Empty the ledger, which refuses that to anybody but its owner."""
    with db.transaction() as connection:
        for change in ("DISABLE", "ENABLE"):
            for table in ("effect_events", "effect_controls"):
                connection.exec_driver_sql(f"ALTER TABLE ops.{table} {change} TRIGGER USER")
            if change == "DISABLE":
                connection.exec_driver_sql(f"TRUNCATE {TABLES} RESTART IDENTITY")


def wanted(key: str, **values: Any) -> dict[str, Any]:
    """An effect as a rule plans it."""
    usual = {
        "kind": "email",
        "target": "jane.doe@example.com",
        "payload": {"text": "hello"},
        "label": "a mail",
        "reason": "asked for",
    }
    return {"key": key, **usual, **values}


@dataclass
class House(Ground):
    """Everything a test of the ledger needs. `use` sets settings of the section effects: use(lease_seconds=1)."""

    db: Database
    url: str
    provider: Provider
    root: Path
    env: dict[str, str] = field(default_factory=dict)
    gates: dict[str, Any] = field(default_factory=dict)
    section: ClassVar[str] = "effects"

    def go_live(self) -> None:
        """Let mail be live; the provider is the same one."""
        live = {"MODE": "live", "USER": "shop@example.com", "SENDER": "shop@example.com", "PASSWORD": "a-b-c-d"}
        self.env.update({f"OPS_MAIL__{name}": value for name, value in live.items()})

    @contextmanager
    def senders(self, process: str = "test") -> Iterator[Senders]:
        """A new session, as another process would open it."""
        with senders(self.root, self.env, self.url, self.provider.url, process, self.gates) as found:
            yield found

    def record(self, *rows: dict[str, Any], status: str = "planned", **origin: Any) -> Recorded:
        with self.senders() as found:
            effects = effect_set(rows)
            return record_now(self.db, found, effects, Origin("follow_up", status, run_id="test", **origin))

    def deliver(self, process: str = "test", *, automations: Sequence[str] | None = None) -> Delivered:
        with self.senders(process) as found:
            return deliver(self.db, found, orders_of(found, automations=automations), run_id="test")

    def reconcile(self) -> Delivered:
        with self.senders() as found:
            return reconcile(self.db, found, orders_of(found), run_id="test")

    def effect(self, key: str) -> dict[str, Any]:
        [found] = self.rows("SELECT * FROM effects WHERE key = :key", key=key)
        return found

    def statuses(self) -> dict[str, str]:
        """Key -> status, of all."""
        return {row["key"]: row["status"] for row in self.rows("SELECT key, status FROM effects ORDER BY effect_id")}

    def events(self, key: str) -> list[str]:
        query = "SELECT event FROM effect_events JOIN effects USING (effect_id) WHERE key = :key ORDER BY event_id"
        return [row["event"] for row in self.rows(query, key=key)]


@contextmanager
def senders(
    root: Path, env: dict[str, str], url: str, provider: str, process: str, gates: dict[str, Gate] | None = None
) -> Iterator[Senders]:
    """The senders of one process; all kinds go to the provider."""
    settings = load_settings(root, {"OPS_HOME": str(root / "home"), **env})
    with open_systems(settings, url) as systems:
        made = {kind: HttpSender(provider, kind, process) for kind in KINDS}
        yield Senders(
            systems,
            {kind: lambda _, kind=kind: made[kind] for kind in KINDS},  # type: ignore[misc]
            {kind: lambda _, kind=kind: (gates or {})[kind] for kind in gates or {}},  # type: ignore[misc]
        )


@pytest.fixture(scope="module")
def provider_server() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def house(open_db: Database, database_url: str, provider_server: Provider, tmp_path: Path) -> House:
    forget(open_db)
    provider_server.accepted.clear()
    provider_server.looked_up.clear()
    provider_server.faults.clear()
    provider_server.seconds = 0.0
    # The rate of mails would make every test slow; tests of the rate set their own.
    return House(open_db, database_url, provider_server, tmp_path, {"OPS_MAIL__PER_MINUTE": "6000"})
