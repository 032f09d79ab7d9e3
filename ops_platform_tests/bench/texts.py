"""Texts: an audience of 200,000 customers planned, and 100,000 texts through four processes that share one limit.

The sandbox plays Twilio over HTTP in the measuring process, the ledger is on a server with fsync on, and every two
seconds one of the four is killed -9. Goals: the plan in 5 s; no text twice, none lost, within 5 % of the limit.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from ops_platform.adapters.database import Database
from ops_platform.adapters.ledger import Origin
from ops_platform.adapters.migrations import migrate
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.text_templates import text_template
from ops_platform.core.effects import effect_set
from ops_platform.flows.collection import collection_paused
from ops_platform.flows.effects.recording import record_now
from ops_platform.flows.effects.registry import Senders
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.campaigns.compose import read_bodies
from ops_platform.retail.campaigns.planning import plan_campaign
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.twilio import twilio_service
from ops_platform.sandbox.twilio_texts import TwilioSandbox
from ops_platform.settings import load_settings
from ops_platform.settings_retail import RetailSettings
from ops_platform_tests.bench.table import Row
from ops_platform_tests.conftest import open_temp_dir, remove_home
from ops_platform_tests.flows.effects.campaign import OPEN
from ops_platform_tests.flows.effects.workers import Job, workers
from ops_platform_tests.flows.texts.conftest import noon_zone
from ops_platform_tests.forks import kill

CUSTOMERS, PLAN_SECONDS = 200_000, 5.0
# A hundred a second is what Twilio gives a short code, its fastest sender.
TEXTS, PER_SECOND, WORKERS, KILL_SECONDS, SHARE = 100_000, 100.0, 4, 2.0, 0.95
_STANDSTILL_SECONDS = 120.0
SENDERS = "ops_platform_tests.flows.effects.workers:to_sandbox"
_AREAS = ("828", "704", "212", "305", "808", "907", "615", "423", "214")
_NAMES = ("ANN", "Joe", "mary-jo", "O'HARE", "Lee", "José", "CUSTOMER")


def run(short: bool = False) -> list[Row]:
    """Measure two rows; about eighteen minutes, two with `short`."""
    part = 0.05 if short else 1.0
    return [_audience(int(CUSTOMERS * part), PLAN_SECONDS * part), _sending(int(TEXTS * part))]


def _audience(count: int, most: float) -> Row:
    draw = random.Random(1)
    day = date(2026, 5, 13)
    rows = [
        (
            f"C{number}", draw.choice(_NAMES), "RETAIL",
            f"{draw.choice(_AREAS)}-{200 + number // 10_000 % 800}-{number % 10_000:04d}", "NC",
            Decimal(draw.randrange(60)), "Y", day, day, "1", "01",
        )
        for number in range(count)
    ]  # fmt: skip
    columns = [
        "cust_no", "first_name", "category", "phone_1", "state", "points", "mail_opt_in", "first_sale", "last_sale",
        "birth_month", "spouse_birth_month",
    ]  # fmt: skip
    (campaign,) = (each for each in CAMPAIGNS if each.name == "first_time_1")
    inputs = {
        "customers": pd.DataFrame(rows, columns=columns, dtype=object),
        "bodies": pd.DataFrame({"body": read_bodies(text_template(campaign.name), campaign.name)}),
        "opted_out": pd.DataFrame({"digits": []}, dtype=object),
        "pictures": pd.DataFrame({"media": [], "url": []}, dtype=object),
    }
    store = RetailSettings()
    moment = datetime(2026, 5, 14, 18, 30, tzinfo=ZoneInfo(store.timezone))
    seconds = []
    for _ in range(3):
        gc.collect()
        started = time.perf_counter()
        with collection_paused():  # as the runner does
            plan = plan_campaign(campaign, inputs, store, moment)
        seconds.append(time.perf_counter() - started)
    name = f"a plan of {len(plan.effects):,} texts for {count:,} customers"
    return Row(name, min(seconds), "s", "", None, None, f"< {most:g} s", min(seconds) < most)


def _sending(count: int) -> Row:
    with _house() as (db, url, root, env, state, sandbox_url):
        _record(db, url, root, env, sandbox_url, count)
        given = {"root": str(root), "env": env, "url": url, "sandbox": sandbox_url}
        killed, had, at = 0, 0, time.perf_counter()
        with workers() as nursery:
            jobs = [Job(url, SENDERS, given, "", f"w{number}", True) for number in range(WORKERS)]
            running = [nursery.start(job) for job in jobs]
            started, next_kill = time.perf_counter(), time.perf_counter() + KILL_SECONDS
            while had < count:
                time.sleep(0.05)
                if time.perf_counter() >= next_kill:
                    place = killed % WORKERS
                    kill(running[place])
                    running[place] = nursery.start(jobs[place])
                    killed, next_kill = killed + 1, next_kill + KILL_SECONDS
                if (now := len(state.texts())) > had:
                    had, at = now, time.perf_counter()
                elif time.perf_counter() - at > _STANDSTILL_SECONDS:
                    raise RuntimeError(f"{had:,} of {count:,} texts arrived, and no more for a while")
            seconds = time.perf_counter() - started
            _wait_settled(db)
            for pid in running:
                kill(pid)
        bodies = [text.body for text in state.texts()]
    twice, lost = len(bodies) - len(set(bodies)), count - len(set(bodies))
    share = count / seconds / PER_SECOND
    name = f"{count:,} texts, {WORKERS} processes, {killed} kills: {twice} twice, {lost} lost"
    return Row(
        name, count / seconds, "texts/s", "the shared limit", PER_SECOND, share, f">= {SHARE:g}x, 0 twice, 0 lost",
        share >= SHARE and not twice and not lost,
    )  # fmt: skip


def _record(db: Database, url: str, root: Path, env: dict[str, str], sandbox_url: str, count: int) -> None:
    zone = noon_zone()
    rows = [
        {
            "key": f"text/first_time_1/{number}/2026-05-14",
            "kind": "text",
            "target": f"+1828{2_000_000 + number:07d}",
            "payload": {
                "body": f"This is text {number}.", "media": [], "segments": 1, "campaign": "first_time_1",
                "cust_no": str(number), "zones": [zone], "states": [],
            },
            "keep_first": True,
            "label": f"customer {number}",
            "reason": "measured",
        }
        for number in range(count)
    ]  # fmt: skip
    settings = load_settings(root, {"OPS_HOME": str(root / "home"), **env})
    with open_systems(settings, url, sandbox_url=sandbox_url) as systems:
        record_now(db, Senders(systems), effect_set(rows), Origin("text_first_time_1"))


def _wait_settled(db: Database) -> None:
    """Until the ledger knows what became of every text: the leases of the killed have to end first."""
    deadline = time.monotonic() + 120
    while not db.frame(OPEN).empty:
        if time.monotonic() > deadline:
            raise RuntimeError(f"still open: {db.frame(OPEN).head(3).to_dict('records')}")
        time.sleep(0.2)


@contextmanager
def _house() -> Iterator[tuple[Database, str, Path, dict[str, str], TwilioSandbox, str]]:
    home = open_temp_dir("ops_bench_texts_", on_disk=True)
    env: dict[str, Any] = {
        "OPS_RETAIL__TEXTS__PER_SECOND": f"{PER_SECOND:g}",
        "OPS_EFFECTS__LEASE_SECONDS": "10",
        "OPS_EFFECTS__GRACE_SECONDS": "1",
    }
    try:
        with EmbeddedPostgres(home) as server:
            url = server.info.urls.ops
            migrate(url)
            db = Database(url)
            state = TwilioSandbox(step_seconds=0.0)
            with running_sandbox([twilio_service(state)]) as sandbox:
                yield db, url, home, env, state, sandbox.url
            db.close()
    finally:
        remove_home(home)
