"""What is wrong in the platform's own records, read from a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops_platform.adapters import ledger
from ops_platform.adapters.bigcommerce import BigCommerce, BigCommerceError, bigcommerce
from ops_platform.adapters.counterpoint import Counterpoint, CounterpointError
from ops_platform.adapters.database import Database
from ops_platform.adapters.http import Retry
from ops_platform.adapters.sandbox_address import announced
from ops_platform.adapters.webdav import WebDav, WebDavError
from ops_platform.core.alerts import Cause, Look, Rules, advance
from ops_platform.core.effects import KINDS
from ops_platform.flows.operations.looks import (
    FAILED_DAYS,
    OUTAGES,
    Told,
    database_looks,
    disk_readings,
    live_kinds,
    retail_look,
)
from ops_platform.flows.retail.after import AFTER
from ops_platform.flows.retail.runner import Outcome, Run, _followed_up
from ops_platform.flows.retail.systems import Systems
from ops_platform.retail import registry
from ops_platform.retail.automation import Plan
from ops_platform.settings import Settings
from ops_platform_tests.flows.operations.conftest import settings_of

HOUR = timedelta(hours=1)
LIVE = {
    "mail__mode": "live",
    "mail__user": "u",
    "mail__sender": "a@store.example",
    "mail__password": "x",
}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[None]:
    """A sandbox runs in the home, as this process says."""
    with announced(settings.home, "http://127.0.0.1:1"):
        yield


def looks(db: Database, settings: Settings) -> dict[str, Look]:
    return {look.area: look for look in database_looks(db, settings, now())[0]}


def causes(db: Database, settings: Settings, area: str) -> dict[str, Cause]:
    found = looks(db, settings)[area].causes
    assert found is not None
    return {cause.key: cause for cause in found}


def automation_run(
    db: Database, name: str, status: str, *, error: str | None = None, age: timedelta = HOUR, run_id: str | None = "r1"
) -> None:
    db.execute(
        "INSERT INTO retail.automation_runs (automation, as_of, run_id, status, error, created_at) "
        "VALUES (:name, now(), :run_id, :status, :error, now() - CAST(:age AS interval))",
        name=name,
        run_id=run_id,
        status=status,
        error=error,
        age=age,
    )


def test_an_automation_whose_newest_run_failed_is_one_cause_with_how_often(db: Database, settings: Settings) -> None:
    automation_run(db, "brands", "applied", age=9 * HOUR)
    for hours in (3, 2, 1):
        automation_run(db, "brands", "failed", error="the column PROF_COD_1 is missing", age=hours * HOUR)
    automation_run(db, "stock_buffer", "failed", error="x", age=3 * HOUR)
    automation_run(db, "stock_buffer", "applied", age=2 * HOUR)
    found = looks(db, settings)["retail"]
    assert found.causes is not None
    [cause] = found.causes
    assert cause.key == "retail/brands"
    assert cause.detail == "the column PROF_COD_1 is missing. 3 times in a row."
    assert found.well["retail/stock_buffer"] == "it ran again without an error"


def test_a_dry_run_of_a_person_proves_nothing(db: Database, settings: Settings) -> None:
    automation_run(db, "brands", "failed", error="x", age=2 * HOUR)
    automation_run(db, "brands", "planned", age=HOUR, run_id=None)
    assert "retail/brands" in causes(db, settings, "retail")
    automation_run(db, "brands", "planned", age=HOUR / 2, run_id="scheduled")
    assert causes(db, settings, "retail") == {}


def test_a_plan_that_waits_for_a_person_is_told_to_one(db: Database, settings: Settings) -> None:
    automation_run(db, "brands", "held", age=2 * HOUR)
    db.execute(
        "INSERT INTO retail.change_batches (automation, as_of, status, is_sandbox) "
        "VALUES ('brands', now(), 'held', true)"
    )
    [cause] = causes(db, settings, "retail").values()
    assert (cause.key, cause.level) == ("retail/held-brands", "warning")
    db.execute("UPDATE retail.change_batches SET status = 'applied'")  # somebody approved it
    look = looks(db, settings)["retail"]
    assert look.causes == ()
    assert look.well["retail/held-brands"] == "nothing waits any more"


def test_an_error_that_is_a_defect_is_told_by_its_kind_because_it_may_quote_anybody(
    db: Database, settings: Settings
) -> None:
    automation_run(db, "contact_1", "failed", error="ValueError: could not convert 'Pat Canary' to a name")
    automation_run(db, "brands", "failed", error="the list of pat@canary.example and 828-555-0142 cannot be read")
    found = causes(db, settings, "retail")
    assert found["retail/contact_1"].detail == "ValueError (a defect; the log of the code server has all of it)."
    assert found["retail/brands"].detail == "the list of p***@c***.example and ***42 cannot be read."


def test_an_error_of_ours_is_told_with_what_to_do_whatever_it_begins_with(db: Database, settings: Settings) -> None:
    advice = "the mail server refused the login; set OPS_MAIL__PASSWORD"
    automation_run(db, "admin_report", "failed", error=f"email: {advice}")
    automation_run(db, "competitor_prices", "failed", error="grower: the login was refused")
    found = causes(db, settings, "retail")
    assert found["retail/admin_report"].detail == f"email: {advice}."
    assert found["retail/competitor_prices"].detail == "grower: the login was refused."


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError({"name": "Pat Canary"}), "KeyError (a defect; the log of the code server has all of it)."),
        (WebDavError("the disk is full; free some space", kind="full"), "the disk is full; free some space."),
    ],
)
def test_what_breaks_after_an_automation_is_told_as_its_other_errors_are(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def breaks(*_: Any) -> None:
        raise error

    [brands] = [each for each in registry.AUTOMATIONS if each.name == "brands"]
    monkeypatch.setitem(AFTER, "brands", breaks)
    done = Outcome(brands, "applied", Plan(), 0.0, 0)
    outcome = _followed_up(db, Systems(settings, ""), done, Run(now()))
    assert "Canary" not in (outcome.error or "")
    automation_run(db, "brands", outcome.status, error=outcome.error)
    [cause] = causes(db, settings, "retail").values()
    assert cause.detail == f"it was done, but not what comes after it: {told}"


def test_the_runs_whose_failure_an_automation_tells_are_known(db: Database, settings: Settings) -> None:
    automation_run(db, "brands", "failed", error="x", run_id="run-1")
    automation_run(db, "brands", "applied", run_id="run-2", age=HOUR / 2)
    automation_run(db, "sort_order", "failed", error="x", run_id="run-3")
    told = database_looks(db, settings, now())[1]
    assert told.runs == {"run-1", "run-3"}
    assert told.assets == {"retail/sort_order"}


@pytest.fixture(scope="module")
def outages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the adapters really say when nobody answers."""
    root = tmp_path_factory.mktemp("outages")
    away = {
        "retail__webdav__mode": "live",
        "retail__webdav__url": "http://127.0.0.1:1/dav",
        "retail__webdav__user": "u",
        "retail__webdav__password": "p",
        "retail__bigcommerce__mode": "live",
        "retail__bigcommerce__url": "http://127.0.0.1:1",
        "retail__bigcommerce__store_hash": "x",
        "retail__bigcommerce__token": "t",
    }
    settings = settings_of(root, **away)
    said = {}
    once = Retry(attempts=1)
    with pytest.raises(WebDavError) as webdav, WebDav(settings.retail.webdav, retry=once) as dav:
        dav.files()
    said["webdav"] = str(webdav.value)
    with pytest.raises(BigCommerceError) as shop, BigCommerce(settings.retail.bigcommerce, retry=once) as web:
        web.probe()
    said["bigcommerce"] = str(shop.value)
    with pytest.raises(CounterpointError) as pos:
        Counterpoint(settings.retail.counterpoint, "postgresql://ops@127.0.0.1:1/none").items()
    said["counterpoint"] = str(pos.value)
    with pytest.raises(BigCommerceError) as sandbox, bigcommerce(settings_of(root)) as web:
        web.probe()
    said["sandbox"] = str(sandbox.value)
    yield said


@pytest.mark.parametrize("system", sorted({name for name, _ in OUTAGES.values()}))
def test_a_system_that_is_away_is_one_cause_whichever_automations_it_stops(
    outages: dict[str, str], system: str
) -> None:
    rows = [row(name, outages[system]) for name in ("total_sold", "brands", "sort_order")]
    look = retail_look(rows)
    assert look.causes is not None
    [cause] = look.causes
    assert cause.key == f"retail/system-{system}"
    assert "Not done: brands, sort_order, total_sold." in cause.detail
    assert cause.patience > HOUR  # an hourly one has another chance within it
    [again] = retail_look([row("brands", outages[system], failures=2)]).causes or ()
    assert again.patience == timedelta(0)


def row(name: str, error: str, *, failures: int = 1) -> dict[str, Any]:
    return {"automation": name, "status": "failed", "error": error, "failures": failures, "waits": False}


def effect(
    db: Database,
    key: str,
    status: str,
    *,
    kind: str = "email",
    sandbox: bool = True,
    age: timedelta = HOUR,
    **more: Any,
) -> None:
    """A row of the ledger as it may come to stand there."""
    values = {
        "key": key,
        "is_sandbox": sandbox,
        "kind": kind,
        "automation": "lead_followup",
        "target": "pat@canary.example",
        "payload": "{}",
        "payload_sha256": "x",
        "due_at": now() - age,
        "next_try_at": now() - age,
        "changed_at": now() - age,
        "status": status,
        "reason": "the server did not answer" if status in ("failed", "unknown") else None,
        **more,
    }
    columns = ", ".join(values)
    places = ", ".join(f":{name}" if name != "payload" else "CAST(:payload AS jsonb)" for name in values)
    db.execute(f"INSERT INTO ops.effects ({columns}) VALUES ({places})", **values)


@pytest.mark.usefixtures("sandbox")
def test_effects_that_need_a_person_are_one_cause_a_kind_and_trouble(db: Database, settings: Settings) -> None:
    for number in range(3):
        effect(db, f"unknown-{number}", "unknown")
    effect(db, "young", "unknown", age=timedelta(minutes=5))
    effect(db, "failed", "failed", kind="coupon")
    effect(db, "long-failed", "failed", kind="coupon", age=timedelta(days=9))
    effect(db, "late", "planned", kind="text", age=3 * HOUR)
    effect(db, "soon", "planned", kind="customer", age=HOUR)
    effect(db, "done", "sent")
    found = causes(db, settings, "effects")
    assert sorted(found) == ["effects/failed-coupon", "effects/overdue-text", "effects/unknown-email"]
    unknown = found["effects/unknown-email"]
    assert unknown.title == "3 mails may or may not have gone out"
    assert unknown.detail.startswith("Of lead_followup, for 1 h.")
    assert "the server did not answer" in unknown.detail
    assert "canary" not in unknown.detail
    assert found["effects/failed-coupon"].title == "1 coupon failed"


@pytest.mark.usefixtures("sandbox")
def test_what_an_effects_sender_broke_with_is_told_by_its_kind(db: Database, settings: Settings) -> None:
    effect(db, "broke", "unknown", reason="KeyError: 'Pat Canary'")
    [cause] = causes(db, settings, "effects").values()
    assert "Canary" not in cause.detail
    assert "Of the newest it is said: KeyError (a defect; " in cause.detail


@pytest.mark.usefixtures("sandbox")
def test_a_failed_effect_nobody_touched_is_over_as_what_it_is(db: Database, settings: Settings) -> None:
    effect(db, "failed", "failed", kind="coupon", age=timedelta(days=FAILED_DAYS) - HOUR)
    alerts = advance([], looks(db, settings).values(), now(), Rules())
    db.execute("UPDATE ops.effects SET changed_at = changed_at - interval '2 hours'")
    [alert] = advance(alerts, looks(db, settings).values(), now(), Rules())
    assert (alert.key, alert.over_reason) == ("effects/failed-coupon", "none is left that failed in the last 7 days")


@pytest.mark.usefixtures("sandbox")
def test_what_waits_for_another_or_for_a_pause_is_not_overdue(db: Database, settings: Settings) -> None:
    effect(db, "coupon", "planned", kind="coupon", age=timedelta(minutes=1), due_at=now() + HOUR)
    first = int(db.frame("SELECT effect_id FROM ops.effects")["effect_id"][0])
    effect(db, "mail", "planned", age=5 * HOUR, after_key="coupon", after_id=first)
    assert causes(db, settings, "effects") == {}
    effect(db, "text", "planned", kind="text", age=5 * HOUR)
    with db.transaction() as connection:
        ledger.put_control(connection, "text", is_paused=True, why="holiday", who="ann")
    [cause] = causes(db, settings, "effects").values()
    assert (cause.key, cause.level) == ("effects/paused-text", "warning")
    assert cause.patience == 24 * HOUR
    with db.transaction() as connection:
        ledger.put_control(connection, "text", is_paused=False, why="it is over", who="ann")
    assert sorted(causes(db, settings, "effects")) == ["effects/overdue-text"]


def test_what_a_sandbox_left_undone_is_no_trouble_while_none_runs(db: Database, tmp_path: Path) -> None:
    for status in ("planned", "unknown", "failed"):
        effect(db, status, status, kind="coupon", age=3 * HOUR)
    effect(db, "of the live account", "planned", sandbox=False, age=3 * HOUR)
    settings = settings_of(tmp_path, **LIVE)
    assert sorted(causes(db, settings, "effects")) == ["effects/overdue-email"]
    with announced(settings.home, "http://127.0.0.1:1"):
        found = sorted(causes(db, settings, "effects"))
    assert found == [
        "effects/failed-coupon", "effects/overdue-coupon", "effects/overdue-email", "effects/unknown-coupon",
    ]  # fmt: skip


@pytest.mark.usefixtures("sandbox")
def test_what_was_left_from_the_sandbox_concerns_nobody_once_the_system_is_live(db: Database, tmp_path: Path) -> None:
    effect(db, "of the sandbox", "unknown")
    effect(db, "of the live account", "unknown", sandbox=False)
    assert "1 mail " in causes(db, settings_of(tmp_path), "effects")["effects/unknown-email"].title
    [live] = causes(db, settings_of(tmp_path, **LIVE), "effects").values()
    assert live.title == "1 mail may or may not have gone out"


def test_which_kinds_are_live_is_said_as_the_store_itself_says_it(tmp_path: Path) -> None:
    for values in ({}, LIVE, {"retail__internet__mode": "live"}):
        settings = settings_of(tmp_path, **values)
        systems = Systems(settings, "")
        assert live_kinds(settings) == [kind for kind, target in KINDS.items() if not systems.is_sandbox(target)]


def backup(db: Database, name: str, status: str, hours: int) -> None:
    """A try to copy a target, so many hours ago."""
    db.execute(
        "INSERT INTO retail.backup_copies (name, copied_on, as_of, dst, source, status, detail, created_at) "
        "VALUES (:name, current_date, now(), '/b', '/s', :status, 'x', now() - :hours * interval '1 hour')",
        name=name,
        status=status,
        hours=hours,
    )


def test_the_newest_good_backup_of_each_target_counts(db: Database, settings: Settings) -> None:
    backup(db, "database", "ok", 40)
    backup(db, "database", "failed", 1)
    backup(db, "platform", "unchanged", 2)
    backup(db, "gone", "ok", 999)
    [cause] = causes(db, settings, "backup").values()
    assert cause.key == "backup/database"
    assert cause.detail == "It was made 1 day 16 h ago (26 h allowed)."


def test_a_target_that_never_had_a_good_backup_is_told_by_its_first_try(db: Database, settings: Settings) -> None:
    backup(db, "database", "failed", 30)
    backup(db, "database", "incomplete", 1)
    [cause] = causes(db, settings, "backup").values()
    assert cause.detail == "It never had one; the first try was 1 day 6 h ago (26 h allowed)."
    backup(db, "database", "ok", 0)
    assert causes(db, settings, "backup") == {}


def test_an_internet_that_is_away_is_told_and_over_with_the_next_good_check(db: Database, settings: Settings) -> None:
    assert causes(db, settings, "internet") == {}
    for connected in (True, False):
        db.execute(
            "INSERT INTO retail.connectivity_checks (as_of, is_connected, hosts, is_sandbox) "
            "VALUES (now(), :connected, CAST(:hosts AS jsonb), :sandbox)",
            connected=connected,
            hosts=json.dumps([{"host": each} for each in "abc"]),
            sandbox=settings.retail.internet.mode == "sandbox",
        )
    [cause] = causes(db, settings, "internet").values()
    assert cause.detail.startswith("None of 3 hosts could be reached.")


def test_a_database_that_is_away_makes_nothing_over(settings: Settings) -> None:
    found, told = database_looks(Database("postgresql://ops@127.0.0.1:1/none"), settings, now())
    assert {look.area: look.causes for look in found} == {
        "retail": None,
        "effects": None,
        "internet": None,
        "backup": None,
    }
    assert told == Told()


def test_the_disks_of_home_and_of_temporary_files_are_read_also_before_the_home_is_there(settings: Settings) -> None:
    readings = disk_readings(settings)
    assert readings is not None
    assert [reading.role for reading in readings] == ["home", "temporary files"]
    assert all(0 < reading.free <= reading.total and reading.device for reading in readings)
    (settings.home / "postgres").mkdir(parents=True)
    assert [reading.role for reading in disk_readings(settings) or ()] == ["home", "temporary files", "database"]
