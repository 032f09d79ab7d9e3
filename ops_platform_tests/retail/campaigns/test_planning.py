"""What a campaign plans: when a text is due and until when, its words and key, test recipients, unusual volumes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from ops_platform.retail.campaigns.automations import AUTOMATIONS, at_times
from ops_platform.retail.campaigns.model import as_set
from ops_platform.settings_retail_texts import CampaignSettings
from ops_platform_tests.retail.campaigns.customers import BY_NAME, DAY, customer, plan, who


def test_a_text_is_planned_for_its_minute_and_until_the_recipients_evening() -> None:
    made = plan("first_time_1", customer(first_sale=DAY - timedelta(days=1)))
    row = made.effects.iloc[0]
    assert row["key"] == "text/first_time_1/100/2026-05-13", "the day of the purchase"
    assert (row["kind"], row["target"], row["keep_first"]) == ("text", "+18285550142", True)
    assert row["due_at"] == datetime(2026, 5, 14, 18, 30, tzinfo=ZoneInfo("America/New_York"))
    # Not three hours later: the recipient's day ends at nine, and a text must not wait in the carrier's line beyond.
    assert row["not_after"] == datetime(2026, 5, 14, 21, 0, tzinfo=ZoneInfo("America/New_York"))
    assert "Your reward balance: $12" in row["payload"]["body"]
    assert made.figures == {"eligible": 1, "segments": row["payload"]["segments"]}


def test_a_recipient_in_the_west_is_texted_later_and_one_whose_day_is_over_not_at_all() -> None:
    yesterday = DAY - timedelta(days=1)
    west = customer(category="WHOLESALE", last_sale=yesterday, phone_1="808-555-0142", state=None)
    due = plan("wholesale", west).effects.iloc[0]["due_at"]
    assert due.astimezone(ZoneInfo("Pacific/Honolulu")).hour == 8
    assert plan("first_time_2", {**west, "category": "RETAIL", "first_sale": DAY - timedelta(days=3)}).figures == {
        "eligible": 1,
        "segments": 2,
    }


def test_a_text_that_is_due_when_the_recipients_day_is_over_is_not_planned() -> None:
    florida = customer(first_sale=DAY - timedelta(days=3), state="Florida")
    late = as_set(BY_NAME["first_time_2"], CampaignSettings(at="20:30"))
    assert late.cron == "30 20 * * *"
    made = plan("first_time_2", florida, campaign=late)
    assert (len(made.effects), made.figures["quiet_hours"]) == (0, 1)


@pytest.mark.parametrize(
    ("name", "days", "last"), [("first_time_3", 7, "14:30"), ("first_time_1", 1, "21:00"), ("first_time_2", 3, "21:00")]
)
def test_a_run_that_comes_three_hours_late_or_after_the_day_is_over_texts_nobody(
    name: str, days: int, last: str
) -> None:
    row = customer(first_sale=DAY - timedelta(days=days))
    in_time = datetime.fromisoformat(f"2026-05-14T{last}").replace(tzinfo=ZoneInfo("America/New_York"))
    made = plan(name, row, at=in_time).effects
    assert made["not_after"].tolist() == [in_time]
    late = plan(name, row, at=in_time + timedelta(minutes=1))
    assert (len(late.effects), late.figures["too_late"]) == (0, 1)


@pytest.mark.parametrize(
    ("purchase", "day", "shown"),
    [
        (date(2026, 5, 11), date(2026, 5, 14), "5/25"),
        (date(2026, 1, 28), date(2026, 1, 31), "2/11"),
        (date(2024, 2, 26), date(2024, 2, 29), "3/11"),
        (date(2025, 12, 29), date(2026, 1, 1), "1/12"),
    ],
)
def test_a_first_time_coupon_ends_two_weeks_after_the_purchase(purchase: date, day: date, shown: str) -> None:
    at = datetime.combine(day, BY_NAME["first_time_2"].at, ZoneInfo("America/New_York"))
    payload = plan("first_time_2", customer(first_sale=purchase), at=at).effects.iloc[0]["payload"]
    assert f"by {shown}." in payload["body"]
    assert payload["media"] == ["https://x/5.jpg"]


def test_another_days_after_is_the_same_text_for_the_same_purchase() -> None:
    """Edited between the two days, it would text everybody twice under two keys."""
    row, zone = customer(first_sale=date(2026, 5, 11)), ZoneInfo("America/New_York")
    keys = set()
    for days in (1, 3):
        campaign = as_set(BY_NAME["first_time_2"], CampaignSettings(days_after=days))
        at = datetime.combine(date(2026, 5, 11) + timedelta(days=days), campaign.at, zone)
        keys |= set(plan("first_time_2", row, at=at, campaign=campaign).effects["key"])
    assert keys == {"text/first_time_2/100/2026-05-11"}


def test_a_coupon_that_is_texted_after_its_end_holds_until_that_day() -> None:
    campaign = as_set(BY_NAME["first_time_2"], CampaignSettings(days_after=20))
    made = plan("first_time_2", customer(first_sale=DAY - timedelta(days=20)), campaign=campaign).effects.iloc[0]
    assert made["key"] == "text/first_time_2/100/2026-04-24"
    assert "by 5/14." in made["payload"]["body"]


@pytest.mark.parametrize(
    ("day", "shown"), [(date(2026, 5, 1), "6/10"), (date(2026, 12, 1), "1/10"), (date(2026, 1, 1), "2/10")]
)
def test_a_birthday_coupon_ends_on_the_tenth_of_the_next_month(day: date, shown: str) -> None:
    at = datetime.combine(day, BY_NAME["birthday"].at, ZoneInfo("America/New_York"))
    made = plan("birthday", customer(birth_month=str(day.month)), at=at)
    assert f"by {shown}." in made.effects.iloc[0]["payload"]["body"]
    assert "balance" not in made.effects.iloc[0]["payload"]["body"]


def test_a_birthday_that_was_missed_is_caught_up_until_the_third_under_the_same_key() -> None:
    row = customer(birth_month="5")
    zone = ZoneInfo("America/New_York")
    keys = {
        plan("birthday", row, at=datetime(2026, 5, day, 9, tzinfo=zone)).effects.iloc[0]["key"] for day in (1, 2, 3)
    }
    assert keys == {"text/birthday/100/2026-05-01"}
    assert BY_NAME["birthday"].cron == "0 9 1-3 * *"


@pytest.mark.parametrize("day", [4, 15, 31])
def test_a_birthday_is_not_caught_up_later_however_somebody_starts_the_run(day: int) -> None:
    made = plan(
        "birthday", customer(birth_month="5"), at=datetime(2026, 5, day, 9, tzinfo=ZoneInfo("America/New_York"))
    )
    assert made.considered == 0


def test_a_birthday_in_december_is_greeted_on_the_first_of_december_only() -> None:
    row = customer(birth_month="12", spouse_birth_month="1")
    first = {month for month in range(1, 13) if who(BY_NAME["birthday"], row, day=date(2026, month, 1))}
    assert first == {12, 1}


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
def test_on_the_days_the_clocks_change_a_text_is_due_at_the_stores_time(day: date) -> None:
    zone = ZoneInfo("America/New_York")
    row = customer(first_sale=day - timedelta(days=1))
    made = plan("first_time_1", row, at=datetime.combine(day, BY_NAME["first_time_1"].at, zone)).effects.iloc[0]
    assert made["due_at"].astimezone(zone).strftime("%m-%d %H:%M") == f"{day:%m-%d} 18:30"


def test_in_texas_a_sunday_begins_at_noon_in_all_of_it_and_in_rhode_island_a_weekend_ends_at_five() -> None:
    sunday, zone = date(2026, 6, 14), ZoneInfo("America/New_York")
    at = datetime.combine(sunday, BY_NAME["first_time_3"].at, zone)
    week_ago = sunday - timedelta(days=7)
    texan = customer(first_sale=week_ago, phone_1="214-555-0142", state="Texas")
    due = plan("first_time_3", texan, at=at).effects.iloc[0]["due_at"]
    assert due.astimezone(ZoneInfo("America/Denver")).strftime("%H:%M") == "12:00", "a Texan may live in El Paso"
    islander = customer(first_sale=week_ago, phone_1="401-555-0142", state="RI")
    assert plan("first_time_3", islander, at=at).effects.iloc[0]["not_after"].astimezone(zone).hour == 14
    evening = as_set(BY_NAME["first_time_3"], CampaignSettings(at="17:00"))
    late = plan("first_time_3", islander, at=at.replace(hour=17, minute=0), campaign=evening)
    assert late.figures["quiet_hours"] == 1


def test_test_recipients_get_every_text_under_keys_that_do_not_block_the_real_ones() -> None:
    row = customer(first_sale=DAY - timedelta(days=1))
    made = plan("first_time_1", row, test_recipients=("+18285550199",)).effects.iloc[0]
    assert (made["target"], made["payload"]["to"]) == ("+18285550199", "+18285550199")
    assert made["key"] == "test-text/first_time_1/100/2026-05-13"


def test_a_test_recipients_own_place_and_hours_count() -> None:
    hawaii = customer(category="WHOLESALE", last_sale=DAY - timedelta(days=1), phone_1="808-555-0142", state="HI")
    made = plan("wholesale", hawaii, test_recipients=("+18285550199",)).effects.iloc[0]
    assert made["due_at"] == datetime(2026, 5, 14, 10, 30, tzinfo=ZoneInfo("America/New_York"))
    assert made["payload"]["zones"] == ("America/New_York",)


def test_more_texts_than_usual_wait_for_approval() -> None:
    rows = [
        customer(cust_no=str(n), phone_1=f"828-555-01{n:02d}", first_sale=DAY - timedelta(days=1)) for n in range(4)
    ]
    assert plan("first_time_1", *rows, max_usual=4).held is None
    assert "4 texts, more than the 3" in str(plan("first_time_1", *rows, max_usual=3).held)


def test_a_second_plan_of_the_day_has_the_same_keys_and_words() -> None:
    dates = {"first_sale": date(2025, 1, 1), "last_sale": DAY - timedelta(days=7)}
    rows = [customer(cust_no=str(n), phone_1=f"828-555-01{n:02d}", **dates) for n in range(30)]
    first, second = (plan("returning_3", *rows).effects for _ in range(2))
    assert first["key"].tolist() == second["key"].tolist()
    assert [p["body"] for p in first["payload"]] == [p["body"] for p in second["payload"]]
    assert len({p["body"] for p in first["payload"]}) > 5


def test_a_store_that_sets_a_campaign_otherwise_is_followed() -> None:
    chosen = as_set(BY_NAME["returning_2"], CampaignSettings(days_after=3, category=""))
    assert (chosen.days_after, chosen.category) == (3, None)
    assert as_set(BY_NAME["returning_2"], None) is BY_NAME["returning_2"]


@pytest.mark.parametrize("at", ["11:00", "20:00"])
def test_a_text_at_another_time_than_the_catalogues_is_in_time_for_the_tick_of_its_own_clock(at: str) -> None:
    chosen = CampaignSettings(at=at)
    (automation,) = (each for each in at_times(AUTOMATIONS, {"first_time_1": time.fromisoformat(at)})
                     if each.name == "text_first_time_1")  # fmt: skip
    minute, hour, *_ = automation.cron.split()
    tick = datetime.combine(DAY, time(int(hour), int(minute)), ZoneInfo("America/New_York"))
    row = customer(first_sale=DAY - timedelta(days=1))
    made = plan("first_time_1", row, at=tick, campaign=as_set(BY_NAME["first_time_1"], chosen))
    assert made.effects["due_at"].tolist() == [tick]


def test_nobody_is_chosen_of_no_customers() -> None:
    assert len(plan("first_time_1").effects) == 0
