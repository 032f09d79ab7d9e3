"""The asset of the ledger: what is due is done, what is odd is told, and no run is started for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ops_platform.adapters.sandbox_address import announced
from ops_platform.definitions import defs
from ops_platform.defs.operations import effects
from ops_platform.defs.resources import OpsDatabase, OpsSettings
from ops_platform.flows.effects import deciding
from ops_platform.flows.effects.registry import MAKERS
from ops_platform.settings import settings
from ops_platform_tests.defs.conftest import platform
from ops_platform_tests.defs.retail.conftest import plain
from ops_platform_tests.flows.effects.conftest import (  # fixtures of the ledger
    House,
    house,  # noqa: F401
    provider_server,  # noqa: F401
    wanted,
)
from ops_platform_tests.flows.effects.provider import HttpSender

TICK = datetime(2026, 5, 14, 11, 20, tzinfo=UTC)


@pytest.fixture
def ledger(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:  # noqa: F811
    for kind in ("email", "coupon"):
        monkeypatch.setitem(MAKERS, kind, lambda _, kind=kind: HttpSender(house.provider.url, kind))  # type: ignore[misc]
    home = house.root / "home"
    monkeypatch.setenv("OPS_MAIL__PER_MINUTE", "6000")
    with platform(home, house.url), announced(home, "http://127.0.0.1:1"):
        yield house


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def run(instance: dg.DagsterInstance) -> tuple[dict[str, Any], dict[str, dg.AssetCheckEvaluation]]:
    """The metadata of one run, and its checks by name."""
    result = defs.resolve_job_def("effects_delivery").execute_in_process(instance=instance)
    [event] = result.get_asset_materialization_events()
    checks = {check.check_name: check for check in result.get_asset_check_evaluations()}
    return plain(event.materialization.metadata), checks


def tick(instance: dg.DagsterInstance, at: datetime = TICK) -> dg.RunRequest | dg.SkipReason:
    given = {"settings": OpsSettings(), "database": OpsDatabase()}
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=at, resources=given) as context:
        found = effects.effects_schedule(context)
    assert isinstance(found, dg.RunRequest | dg.SkipReason)
    return found


def test_a_run_does_what_is_due_and_tells_where_the_ledger_stands(ledger: House, instance: dg.DagsterInstance) -> None:
    ledger.record(wanted("mail/1"), wanted("mail/2"), wanted("mail/3", due_at=datetime.now(UTC) + timedelta(hours=1)))
    told, checks = run(instance)
    assert (told["sent now"], len(ledger.provider.accepted)) == (2, 2)
    assert told["ledger"] == [
        {"kind": "email", "status": "planned", "effects": 1},
        {"kind": "email", "status": "sent", "effects": 2},
    ]
    assert {name: check.passed for name, check in checks.items()} == {
        "no_effect_is_unknown": True,
        "nothing_is_overdue": True,
        "failed_effects_are_looked_at": True,
    }


def test_what_a_person_has_to_see_is_warned_about_with_what_to_do(ledger: House, instance: dg.DagsterInstance) -> None:
    ledger.record(wanted("mail/1"), wanted("mail/2"), wanted("coupon/1", kind="coupon", target="K7QW2M9X"))
    ledger.provider.fault("503", key="mail/1")
    ledger.provider.fault("400", key="mail/2")
    deciding.pause(ledger.db, "coupon", why="look first", who="asha")
    ledger.db.execute("UPDATE effects SET next_try_at = next_try_at - interval '3 hours' WHERE kind = 'coupon'")
    told, checks = run(instance)
    assert told["why kinds wait"] == "coupon: paused by asha: look first"
    assert {check.severity for check in checks.values()} == {dg.AssetCheckSeverity.WARN}
    assert not any(check.passed for check in checks.values())
    assert "1 may or may not have happened" in (checks["no_effect_is_unknown"].description or "")
    assert "mail/1" in (checks["no_effect_is_unknown"].description or "")
    assert "ops effects retry" in (checks["failed_effects_are_looked_at"].description or "")
    assert "due for more than 120 minutes: coupon/1" in (checks["nothing_is_overdue"].description or "")
    shown = str([plain(check.metadata) for check in checks.values()]) + str(told)
    assert "jane.doe" not in shown and "K7QW2M9X" not in shown


def test_an_unknown_effect_is_looked_up_by_the_run_after_its_grace(ledger: House, instance: dg.DagsterInstance) -> None:
    ledger.record(wanted("mail/1"))
    ledger.provider.fault("accept_then_cut", key="mail/1")
    assert not run(instance)[1]["no_effect_is_unknown"].passed
    ledger.later()
    told, checks = run(instance)
    assert (told["looked after"], checks["no_effect_is_unknown"].passed) == (1, True)
    assert len(ledger.provider.accepted) == 1


def test_a_failed_effect_that_a_person_gave_up_is_looked_at(ledger: House, instance: dg.DagsterInstance) -> None:
    ledger.record(wanted("mail/1"))
    ledger.provider.fault("400", key="mail/1")
    assert not run(instance)[1]["failed_effects_are_looked_at"].passed
    deciding.cancel(ledger.db, ["mail/1"], sandbox_kinds=["email"], who="asha")
    assert run(instance)[1]["failed_effects_are_looked_at"].passed


def test_no_run_is_started_while_nothing_is_due(ledger: House, instance: dg.DagsterInstance) -> None:
    assert isinstance(tick(instance), dg.SkipReason)
    ledger.record(wanted("mail/1", due_at=datetime.now(UTC) + timedelta(hours=1)))
    assert isinstance(tick(instance), dg.SkipReason)
    ledger.later()
    found = tick(instance)
    assert isinstance(found, dg.RunRequest)
    assert found.run_key == "effects 2026-05-14 11:20"


def test_every_hour_the_ledger_is_counted_and_checked_anyway(ledger: House, instance: dg.DagsterInstance) -> None:
    assert isinstance(tick(instance, TICK.replace(minute=0)), dg.RunRequest)


def test_no_run_is_started_for_what_may_not_be_done(
    ledger: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.record(wanted("mail/1"))
    deciding.pause(ledger.db, "email", why="x", who="asha")
    assert isinstance(tick(instance), dg.SkipReason)
    deciding.resume(ledger.db, "email", who="asha")
    (ledger.root / "home" / "sandbox.json").unlink()
    assert isinstance(tick(instance), dg.SkipReason), "no sandbox runs that could take it"

    ledger.go_live()
    for name, value in ledger.env.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    ledger.record(wanted("mail/1"))
    assert isinstance(tick(instance), dg.SkipReason), "its automation is not in retail.apply"
    monkeypatch.setenv("OPS_RETAIL__APPLY", '["follow_up"]')
    settings.cache_clear()
    assert isinstance(tick(instance), dg.RunRequest)
