"""Whole runs of campaigns: from the point of sale's customers through runner and ledger to Twilio's stand-in."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from ops_platform.adapters.counterpoint_tables import METADATA
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.core.gsm import segments
from ops_platform.flows.retail.demo_store import StoreArgs, load_demo_store
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.flows.texts import inbound
from ops_platform.flows.texts.log_files import log_file, write_text_log
from ops_platform.flows.texts.records import ask_statuses
from ops_platform.retail.campaigns.automations import AUTOMATIONS
from ops_platform.retail.campaigns.catalogue import CAMPAIGNS
from ops_platform.retail.registry import by_name
from ops_platform.settings import load_settings
from ops_platform_tests.adapters.counterpoint_rows import Store, store
from ops_platform_tests.chaos import kills
from ops_platform_tests.flows.texts.conftest import Shop, noon_zone

ZONE = noon_zone()
TABLES = "retail.change_batches, retail.changes, retail.automation_runs"
NAMES = [automation.name for automation in AUTOMATIONS]


def phone(number: int) -> str:
    """A phone as the till keeps it. No such area code: the store's zone counts, where it is noon."""
    return f"221-555-{1000 + number:04d}"


@dataclass
class Chain:
    """The shop of conftest.py with a point of sale; every campaign is due this minute."""

    shop: Shop
    pos: Store

    def __post_init__(self) -> None:
        self.now = datetime.now(UTC).astimezone(ZoneInfo(ZONE)).replace(microsecond=0)
        self.shop.use(timezone=ZONE)
        self.shop.use(texts__campaigns={each.name: {"at": f"{self.now:%H:%M}"} for each in CAMPAIGNS})

    def day(self, before: int) -> date:
        return self.now.date() - timedelta(days=before)

    def customer(self, number: int, **values: Any) -> None:
        usual = {"FST_NAM": "ANN", "PHONE_1": phone(number), "INCLUDE_IN_MARKETING_MAILOUTS": "Y"}
        self.pos.add_customer(f"C{number}", **{**usual, **values})

    def run(self, *names: str, as_of: datetime | None = None, apply: bool | None = None) -> dict[str, Outcome]:
        with open_systems(self.shop.settings, self.pos.url, sandbox_url=self.shop.sandbox.url) as systems:
            run = Run(as_of or self.now, run_id="test", apply=apply)
            done = run_automations(self.shop.db, systems, map(by_name, names or NAMES), run)
        return {outcome.automation.name: outcome for outcome in done}

    def texted(self) -> Counter[str]:
        """How many texts each phone has."""
        return Counter(to for to, _ in self.shop.arrived())


@pytest.fixture(scope="module")
def pos(database_url: str) -> Iterator[Store]:
    with store(database_url) as made:
        yield made


@pytest.fixture
def chain(shop: Shop, pos: Store) -> Chain:
    shop.db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    with pos.counterpoint.engine.begin() as connection:
        connection.execute(sa.delete(METADATA.tables["AR_CUST"]))
    return Chain(shop, pos)


def everybody(chain: Chain) -> None:
    """A customer for each of the seven campaigns by purchases; none has two."""
    long_ago = date(2024, 4, 1)
    chain.customer(1, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.customer(2, FST_SAL_DAT=chain.day(3), LST_SAL_DAT=chain.day(3))
    chain.customer(3, FST_SAL_DAT=chain.day(7), LST_SAL_DAT=chain.day(7))
    chain.customer(4, FST_SAL_DAT=long_ago, LST_SAL_DAT=chain.day(1))
    chain.customer(5, FST_SAL_DAT=long_ago, LST_SAL_DAT=chain.day(7))
    chain.customer(6, FST_SAL_DAT=long_ago, LST_SAL_DAT=chain.day(1), CATEG_COD="WHOLESALE")
    chain.customer(7, FST_SAL_DAT=long_ago, LST_SAL_DAT=chain.day(2))


def test_a_day_of_all_campaigns_texts_each_customer_once_and_a_second_run_nobody(chain: Chain) -> None:
    everybody(chain)
    done = chain.run()
    assert {name: outcome.error for name, outcome in done.items()} == dict.fromkeys(NAMES)
    got = chain.texted()
    assert {number: got[f"+1221555{1000 + number}"] for number in range(1, 8)} == {
        1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 1, 7: 0,  # returning 1 and 2 come on one day
    }  # fmt: skip
    again = chain.run()
    assert chain.texted() == got
    assert sum(outcome.outgoing.counts.recorded for outcome in again.values()) == 0
    assert sum(outcome.outgoing.counts.known for outcome in again.values()) == sum(got.values())


def test_a_campaign_that_is_set_to_a_later_day_texts_nobody_again_for_the_same_purchase(chain: Chain) -> None:
    chain.customer(1, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    at = f"{chain.now:%H:%M}"
    chain.shop.use(texts__campaigns={"first_time_1": {"at": at, "days_after": 1}})
    assert chain.run("text_first_time_1")["text_first_time_1"].outgoing.counts.recorded == 1
    chain.shop.use(texts__campaigns={"first_time_1": {"at": at, "days_after": 3}})
    outcome = chain.run("text_first_time_1", as_of=chain.now + timedelta(days=2))["text_first_time_1"]
    assert (outcome.outgoing.counts.recorded, outcome.outgoing.counts.known) == (0, 1)
    assert sum(chain.texted().values()) == 1


def test_a_dry_run_plans_the_same_texts_and_sends_and_records_nothing(chain: Chain) -> None:
    everybody(chain)
    done = chain.run(apply=False)
    assert sum(len(outcome.plan.effects) for outcome in done.values()) == 7
    assert chain.texted() == Counter()
    assert chain.shop.statuses() == {}


@pytest.mark.chaos
def test_a_backfill_of_a_month_sends_nothing(chain: Chain) -> None:
    for number in range(31):
        chain.customer(
            number, FST_SAL_DAT=chain.day(number), LST_SAL_DAT=chain.day(number), PROF_COD_2=str(chain.now.month)
        )
    names = ("text_first_time_1", "text_birthday")
    planned, back = 0, kills(full=30, short=8)  # days; a month in make chaos
    for days in (30, *range(back, 0, -1)):
        done = chain.run(*names, as_of=chain.now - timedelta(days=days))
        planned += sum(len(outcome.plan.effects) for outcome in done.values())
        assert {outcome.error for outcome in done.values()} == {None}
    assert planned >= back, "the backfill had something to send"
    assert chain.texted() == Counter()
    assert set(chain.shop.statuses().values()) == {"expired"}


@pytest.mark.parametrize(
    ("values", "why_not"),
    [
        ({"FST_NAM": None}, "no_name"),
        ({"FST_NAM": "Change"}, "no_name"),
        ({"PHONE_1": None}, "no_phone"),
        ({"PHONE_1": "555-0142"}, "invalid_phone"),
        ({"PHONE_1": "44 20 7946 0958"}, "invalid_phone"),
        ({"INCLUDE_IN_MARKETING_MAILOUTS": "N"}, "no_consent"),
        ({"SMS_1_IS_SUB": "N"}, "no_text_consent"),
        ({"PHONE_1": "(221) 555-1999"}, "opted_out"),
        ({"PHONE_1": "1.221.555.1001"}, "same_phone"),
    ],
)
def test_each_reason_is_counted_and_nobody_with_one_is_texted(
    chain: Chain, values: dict[str, Any], why_not: str
) -> None:
    chain.shop.use(texts__consent_column="SMS_1_IS_SUB" if "SMS_1_IS_SUB" in values else "")
    inbound.stop(chain.shop.db, "221-555-1999", who="kim")
    bought = {"FST_SAL_DAT": chain.day(1), "LST_SAL_DAT": chain.day(1)}
    chain.customer(1, **bought, **({"SMS_1_IS_SUB": "Y"} if "SMS_1_IS_SUB" in values else {}))
    chain.customer(2, **{**bought, **values})
    (outcome,) = chain.run("text_first_time_1").values()
    assert {name: count for name, count in outcome.plan.figures.items() if name != "segments"} == {
        "eligible": 1,
        why_not: 1,
    }
    assert chain.texted() == {"+12215551001": 1}


@pytest.mark.parametrize(
    ("other", "why_not"),
    [
        ({"PHONE_1": "239-555-0142", "STATE": "FL"}, "quiet_hours"),  # Florida, where the day is over at 20:00
        ({"PHONE_1": "828-555-0143"}, "too_late"),
    ],
)
def test_hours_and_lateness_are_counted_too(chain: Chain, other: dict[str, Any], why_not: str) -> None:
    chain.shop.use(timezone="America/New_York", texts__campaigns={"first_time_2": {"at": "20:15"}})
    moment = datetime(2026, 6, 9, 20, 15, tzinfo=ZoneInfo("America/New_York"))
    if why_not == "too_late":
        moment = moment.replace(hour=21, minute=1)
    chain.customer(1, FST_SAL_DAT=date(2026, 6, 6), LST_SAL_DAT=date(2026, 6, 6), **other)
    (outcome,) = chain.run("text_first_time_2", as_of=moment, apply=False).values()
    assert outcome.plan.figures == {"eligible": 0, why_not: 1, "segments": 0}


def test_more_texts_than_usual_wait_and_none_goes_before_somebody_approves(chain: Chain) -> None:
    for number in range(3):
        chain.customer(number, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.shop.use(texts__max_usual=2)
    (outcome,) = chain.run("text_first_time_1").values()
    assert outcome.status == "held"
    assert chain.texted() == Counter()
    assert set(chain.shop.statuses().values()) == {"held"}


def test_what_was_decided_at_the_last_moment_is_counted_with_its_reason(chain: Chain) -> None:
    chain.shop.use(texts__max_per_customer_per_day=1)
    chain.customer(1, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1), PHONE_1="221-555-1001")
    chain.customer(2, FST_SAL_DAT=chain.day(3), LST_SAL_DAT=chain.day(3), PHONE_1="221-555-1001")
    done = chain.run("text_first_time_1", "text_first_time_2")
    assert done["text_first_time_1"].outgoing.reasons == ()
    assert done["text_first_time_2"].outgoing.reasons == (("the phone had 1 text today; 1 is the most", 1),)


def test_only_texts_that_are_new_make_a_plan_unusual(chain: Chain) -> None:
    """Of birthdays every plan of three days wants all; those that went need nobody's word again."""
    for number in range(3):
        chain.customer(number, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.run("text_first_time_1")
    assert sum(chain.texted().values()) == 3
    chain.customer(3, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.shop.use(texts__max_usual=1)
    (outcome,) = chain.run("text_first_time_1").values()
    assert (outcome.status, sum(chain.texted().values())) == ("applied", 4)
    for number in (4, 5):
        chain.customer(number, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    (outcome,) = chain.run("text_first_time_1").values()
    assert (outcome.status, sum(chain.texted().values())) == ("held", 4)


def test_a_days_budget_is_kept_and_the_rest_waits(chain: Chain) -> None:
    for number in range(5):
        chain.customer(number, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.shop.env["OPS_EFFECTS__DAILY_BUDGET"] = '{"text": 2}'
    (outcome,) = chain.run("text_first_time_1").values()
    assert sum(chain.texted().values()) == 2
    assert "budget of 2 a day" in str(outcome.outgoing.waits)


def test_everything_goes_to_the_test_recipients_and_the_real_texts_are_still_to_come(chain: Chain) -> None:
    everybody(chain)
    chain.shop.use(texts__test_recipients=["+12215559000"], texts__max_per_customer_per_day=1)
    chain.run()
    # The cap is the customer's: else one test text a day would be all there is to see.
    assert chain.texted() == {"+12215559000": 7}
    chain.shop.use(texts__test_recipients=[])
    chain.run()
    assert sum(chain.texted().values()) == 14
    assert max(count for to, count in chain.texted().items() if to != "+12215559000") == 2


def test_a_picture_that_is_set_nowhere_is_told_with_its_key(chain: Chain) -> None:
    everybody(chain)
    live = {"mode": "live", "account_sid": "AC1", "auth_token": "x", "from_number": "+12215550100"}
    for name, value in live.items():
        chain.shop.use(**{f"texts__{name}": value})
    chain.shop.use(texts__review_url="https://g.example/review")
    (outcome,) = chain.run("text_first_time_2", apply=False).values()
    assert outcome.error is not None
    assert outcome.error.startswith("retail.texts.media.coupon is not set")


def test_a_campaign_that_there_is_not_is_refused_with_the_one_that_may_be_meant(chain: Chain) -> None:
    chain.shop.use(texts__campaigns={"retuning_2": {"days_after": 3}})
    (outcome,) = chain.run("text_returning_2").values()
    assert outcome.error == "retail.texts.campaigns.retuning_2: there is no such campaign; did you mean returning_2?"


def test_a_landline_of_the_sandbox_moves_no_phone_of_a_real_point_of_sale(chain: Chain) -> None:
    chain.customer(1, FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.shop.state.script("+12215551001", 21614)
    chain.run("text_first_time_1")
    assert len(chain.run("landlines", apply=False)["landlines"].plan.changes) == 2
    chain.shop.use(counterpoint__mode="live")
    assert len(chain.run("landlines", apply=False)["landlines"].plan.changes) == 0


def test_the_log_of_a_month_has_a_line_a_text_for_its_owner_only(chain: Chain) -> None:
    everybody(chain)
    chain.run("text_first_time_1", "text_wholesale")
    settings = load_settings(chain.shop.root, {"OPS_HOME": str(chain.shop.root / "home"), **chain.shop.env})
    with open_systems(settings, chain.pos.url, sandbox_url=chain.shop.sandbox.url) as systems:
        ask_statuses(chain.shop.db, systems)
    made = write_text_log(chain.shop.db, settings.home, chain.now.date(), ZONE, is_sandbox=True)
    assert made == log_file(settings.home, chain.now.date())
    lines = made.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "date,cust_no,to_phone,body,response"
    assert any(",C1,221-555-1001," in line for line in lines)
    assert made.read_text(encoding="utf-8").count("delivered SM") == 2
    before = made.stat().st_mtime_ns
    write_text_log(chain.shop.db, settings.home, chain.now.date(), ZONE, is_sandbox=True)
    assert made.stat().st_mtime_ns == before


def test_nobodys_phone_name_or_words_are_in_logs_records_keys_or_reasons(
    chain: Chain, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = ("Canarina", "221-555-1001", "2215551001", "221-555-1002", "2215551002", "%2B1221")
    for number in (1, 2, 3, 4):
        chain.customer(number, FST_NAM="CANARINA", FST_SAL_DAT=chain.day(1), LST_SAL_DAT=chain.day(1))
    chain.customer(5, FST_NAM="CANARINA", PHONE_1="2215551001 ext. CANARINA", FST_SAL_DAT=chain.day(1))
    chain.shop.state.script("+12215551001", 21211)
    chain.shop.sandbox.faults.add("twilio", "reset", method="POST", after=1, accepted=True)
    chain.shop.sandbox.faults.add("twilio", "status", method="GET", status=500)
    outcomes = [str(outcome.error) + str(outcome.outgoing) for outcome in chain.run("text_first_time_1").values()]
    chain.shop.later()
    for _ in range(3):
        chain.shop.deliver()
        chain.shop.later()
    inbound.hear(chain.shop.db, sid="SM1", sender="+12215551002", body="Canarina says stop", is_sandbox=True)
    chain.run("text_first_time_1")
    told = [
        str(chain.shop.rows(f"SELECT {columns} FROM {table}"))
        for table, columns in (
            ("ops.effects", "key, label, wanted_because, reason, run_id, automation"),
            ("ops.effect_events", "event, detail, who, run_id"),
            ("ops.effect_report", "*"),
            ("retail.automation_runs", "*"),
            ("retail.change_batches", "*"),
            ("retail.text_report", "*"),
        )
    ]
    # What the sandbox's own server logs is no part of a real installation.
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith(("uvicorn", "psycopg"))]
    everything = "\n".join([*outcomes, *told, *logged]).casefold()
    assert chain.texted(), "texts went"
    assert [canary for canary in canaries if canary.casefold() in everything] == []


@pytest.fixture(scope="module")
def demo(pg_server: EmbeddedPostgres) -> Iterator[str]:
    url = pg_server.create_database("counterpoint_texts")
    args = StoreArgs(items=200, customers=300, years=1, scale=0.2)
    load_demo_store(url, as_of=datetime.now(ZoneInfo(ZONE)).date(), args=args)
    yield url
    pg_server.drop_database("counterpoint_texts")


def test_the_demo_stores_texts_of_several_days_are_sound_and_planned_once(shop: Shop, demo: str) -> None:
    shop.env["OPS_RETAIL__TIMEZONE"] = ZONE
    settings = load_settings(shop.root, {"OPS_HOME": str(shop.root / "home"), **shop.env})
    morning = datetime.now(ZoneInfo(ZONE)).replace(hour=8, minute=0, second=0, microsecond=0)
    recorded = []
    bodies: dict[str, str] = {}
    with open_systems(settings, demo, sandbox_url=shop.sandbox.url) as systems:
        for _ in range(2):
            done = [
                outcome
                for back in range(4, 0, -1)
                for outcome in run_automations(
                    shop.db, systems, AUTOMATIONS, Run(morning - timedelta(days=back), run_id="test")
                )
            ]
            assert {outcome.error for outcome in done} == {None}
            recorded.append(sum(outcome.outgoing.counts.recorded for outcome in done))
            for outcome in done:
                bodies |= {row.key: row.payload["body"] for row in outcome.plan.effects.itertuples()}
    assert recorded == [len(bodies), 0], "a second time nothing is new"
    assert len(bodies) > 5
    assert shop.arrived() == [], "those days are over"
    for body in bodies.values():
        assert "Our Garden Center" in body
        assert body.endswith("Reply STOP to opt out")
        assert "{" not in body
        assert "None" not in body
        assert segments(body) <= 2
