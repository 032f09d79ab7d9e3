"""Competitors' lists: files, holding, what a failed site leaves, the mail."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from ops_platform.retail.automation import Plan, note
from ops_platform.retail.automations.scrape_competitors import AUTOMATION, ROWS, SCRAPES
from ops_platform.retail.notes import CODES
from ops_platform.retail.request_needs import EffectStates
from ops_platform.retail.scraping import COLUMNS
from ops_platform.settings import SettingsError, load_settings
from ops_platform.settings_retail import RetailSettings
from ops_platform.settings_retail_outside import ScrapingSettings
from ops_platform_tests.retail.request_rows import states

AS_OF = datetime(2026, 5, 14, 21, 0, tzinfo=UTC)
READ_AT = datetime(2026, 5, 14, 21, 0, 3, tzinfo=UTC)


def rows(**prices: str | None) -> pd.DataFrame:
    made = [
        (name, name, "1 gal", 5, "5", None if price is None else Decimal(price), f"${price}")
        for name, price in prices.items()
    ]
    return pd.DataFrame(made, columns=COLUMNS, dtype=object)


def visit(site: str, found: pd.DataFrame | None, error: str | None = None, **more: Any) -> dict[str, Any]:
    usual = {"engine": "http", "scraped_at": READ_AT, "seconds": 1.5, "notes": []}
    return {"site": site, "rows": found, "error": error, **usual, **more}


def plan(
    *visits: dict[str, Any],
    before: dict[str, pd.DataFrame] | None = None,
    mails: dict[str, str] | None = None,
    **scraping: Any,
) -> Plan:
    lists = [found.assign(site=site) for site, found in (before or {}).items()]
    none = pd.DataFrame(columns=["site", *COLUMNS], dtype=object)
    inputs = {
        "lists": pd.DataFrame(visits, dtype=object),
        "before": pd.concat(lists, ignore_index=True) if lists else none,
        "mails": states(mails),
    }
    made = AUTOMATION.plan(inputs, RetailSettings(scraping=ScrapingSettings(**scraping)), AS_OF)
    assert set(made.notes["code"]) <= set(CODES)
    return made


def files(made: Plan) -> dict[str, str]:
    assert {file.place for file in made.files} <= {"exports"}
    return {file.name.removeprefix("competitors/"): file.content.decode() for file in made.files}


def test_a_first_list_is_kept_by_its_day_and_as_the_latest() -> None:
    made = plan(visit("laurel", rows(acer="1234.5", hosta=None)))
    found = files(made)
    assert list(found) == ["laurel/laurel_2026-05-14.csv", "laurel/laurel_latest.csv"]
    assert len(set(found.values())) == 1
    assert found["laurel/laurel_latest.csv"].splitlines() == [
        "site,scraped_at,name,size,available,price,available_raw,price_raw",
        "laurel,2026-05-14T21:00:03+00:00,acer,1 gal,5,1234.50,5,$1234.5",
        "laurel,2026-05-14T21:00:03+00:00,hosta,1 gal,5,,5,$None",
    ]
    assert made.considered == 2


def test_what_changed_since_the_day_before_is_a_third_file() -> None:
    made = plan(visit("laurel", rows(acer="11", new="2")), before={"laurel": rows(acer="10", gone="3")})
    sheet = files(made)["laurel/laurel_price_changes_2026-05-14.csv"].splitlines()
    assert sheet[1:] == [
        "dearer,acer,1 gal,10.00,11.00,1.00,10.0,5",
        "new,new,1 gal,,2.00,,,5",
        "gone,gone,1 gal,3.00,,,,",
    ]
    assert {name: made.figures[name] for name in ("dearer", "new", "gone", "cheaper")} == {
        "dearer": 1, "new": 1, "gone": 1, "cheaper": 0,
    }  # fmt: skip


def test_a_list_that_lost_more_than_half_is_held_and_the_latest_stays() -> None:
    made = plan(visit("laurel", rows(a="1")), before={"laurel": rows(a="1", b="1", c="1")})
    assert files(made) == {}
    assert made.notes["code"].tolist() == ["list_held"]
    assert made.records[SCRAPES].iloc[0][["status", "rows"]].tolist() == ["held", 1]
    assert "3" in made.records[SCRAPES].iloc[0]["detail"]
    assert len(made.records[ROWS]) == 1  # kept, so that a person can let it count
    assert made.failures == ()


def test_an_empty_list_is_never_the_latest() -> None:
    made = plan(visit("laurel", rows()))
    assert files(made) == {}
    assert made.records[SCRAPES].iloc[0]["status"] == "held"


def test_a_refused_login_is_an_error_and_no_empty_csv() -> None:
    made = plan(visit("laurel", None, "login refused: ..."), before={"laurel": rows(a="1")})
    assert files(made) == {}
    assert made.failures == ("laurel: login refused: ...",)
    assert made.records[SCRAPES].iloc[0][["status", "detail"]].tolist() == ["failed", "login refused: ..."]
    assert len(made.records[ROWS]) == 0


def test_one_bad_site_never_stops_the_others() -> None:
    made = plan(visit("bad", None, "no connection"), visit("good", rows(a="1")), visit("small", rows()))
    assert {name.partition("/")[0] for name in files(made)} == {"good"}
    assert made.records[SCRAPES]["status"].tolist() == ["failed", "accepted", "held"]
    assert (made.figures["sites"], made.figures["read"]) == (3, 1)


def test_notes_of_the_reading_come_along() -> None:
    made = plan(visit("laurel", rows(a="1"), notes=[note("unread_number", "laurel", "a: price '1-2'")]))
    assert made.notes["code"].tolist() == ["unread_number"]


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    assert ",'=cmd," in files(plan(visit("laurel", rows(**{"=cmd": "1"}))))["laurel/laurel_latest.csv"]


def test_a_mail_goes_once_a_day_to_those_who_are_named_when_anything_changed() -> None:
    changed = (visit("laurel", rows(acer="11")),)
    before = {"laurel": rows(acer="10")}
    assert len(plan(*changed, before=before).effects) == 0
    assert len(plan(visit("laurel", rows(acer="10")), before=before, mail_to=["b@store.example"]).effects) == 0
    made = plan(*changed, before=before, mail_to=["b@store.example", "c@store.example"])
    effect = made.effects.iloc[0]
    assert effect["key"] == "report/competitor_prices/2026-05-14/laurel"
    assert (effect["target"], effect["keep_first"]) == ("b@store.example, c@store.example", True)
    site = effect["payload"]["context"]["sites"][0]
    assert site["rows"] == [["acer, 1 gal", "dearer", "10", "11", pytest.approx(0.1)]]
    attached = effect["payload"]["attachments"][0]
    assert attached["name"] == "laurel_price_changes_2026-05-14.csv"
    assert base64.b64decode(attached["content_base64"]).startswith(b"what,name")


@pytest.mark.parametrize(
    ("status", "key", "sites"),
    [
        ("sent", "late", ["late"]),
        ("planned", "late", ["late"]),
        ("failed", "early+late", ["early", "late"]),
        ("cancelled", "early+late", ["early", "late"]),
    ],
)
def test_a_site_that_is_read_late_comes_in_a_mail_of_its_own(status: str, key: str, sites: list[str]) -> None:
    begin = "report/competitor_prices/2026-05-14/"
    visits = [visit("late", rows(acer="11")), visit("early", rows(acer="11")), visit("same", rows(acer="10"))]
    made = plan(
        *visits,
        before={name: rows(acer="10") for name in ("early", "late", "same")},
        mails={f"{begin}early": status},
        mail_to=["b@store.example"],
    )
    [effect] = made.effects.to_dict("records")
    assert effect["key"] == f"{begin}{key}"
    assert sorted(site["name"] for site in effect["payload"]["context"]["sites"]) == sites
    assert len(effect["payload"]["attachments"]) == len(sites)


def test_mails_of_other_days_are_not_asked_for() -> None:
    need = AUTOMATION.needs(RetailSettings(), AS_OF)["mails"]
    assert need == EffectStates("report/competitor_prices/2026-05-14/")


def test_a_long_list_of_changes_is_cut_in_the_mail_and_whole_in_the_file() -> None:
    before, now = ({f"p{n:03}": str(price) for n in range(100)} for price in (10, 11))
    made = plan(visit("laurel", rows(**now)), before={"laurel": rows(**before)}, mail_to=["b@store.example"])
    site = made.effects.iloc[0]["payload"]["context"]["sites"][0]
    assert (len(site["rows"]), site["more"], site["changed"]) == (60, 40, 100)
    assert len(files(made)["laurel/laurel_price_changes_2026-05-14.csv"].splitlines()) == 101


LOGIN = {"url": "https://grower.example/login", "user": "buyer"}
SITE = {"url": "https://grower.example/list"}


@pytest.mark.parametrize(
    ("scraping", "told"),
    [
        ({"sites": {"Laurel Ridge": SITE}}, "is no name"),
        ({"sites": {"../up": SITE}}, "is no name"),
        ({"sites": {"a": {**SITE, "login": LOGIN}}}, "OPS_RETAIL__SCRAPING__PASSWORDS"),
        ({"sites": {}, "passwords": {"a": "canary"}}, "is none of the sites"),
        ({"sites": {"a": {"url": "grower.example"}}}, "no address of a web page"),
        ({"sites": {"a": {"url": "https://me:pw@grower.example"}}}, "no user or password"),
        (
            {"sites": {"a": {**SITE, "login": {**LOGIN, "url": "http://grower.example/login"}}}},
            "readable for everybody",
        ),
        ({"sites": {"a": {**SITE, "columns": {"name": "Name"}}}}, "which header is the price"),
        ({"sites": {"a": {**SITE, "columns": {"name": "X", "price": "x "}, "key": ["name"]}}}, "header of its own"),
        ({"sites": {"a": {**SITE, "columns": {"name": "X", "price": "Y"}}}}, "none of the columns"),
        ({"sites": {"a": {**SITE, "colums": {}}}}, "colums"),
    ],
)
def test_sites_that_cannot_be_read_are_refused_with_the_settings(scraping: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ScrapingSettings(**scraping)


@pytest.mark.parametrize(
    "passwords", ['{"nobody": "canary-pw"}', '{"laurel": ["canary-pw"]}', '{"laurel": 424242}', "canary-pw"]
)
def test_a_wrong_password_setting_is_told_without_the_password(tmp_path: Path, passwords: str) -> None:
    with pytest.raises(SettingsError, match=r"PASSWORDS|passwords") as refused:
        load_settings(tmp_path, {"OPS_RETAIL__SCRAPING__PASSWORDS": passwords})
    assert "canary" not in str(refused.value)
    assert "424242" not in str(refused.value)


def test_passwords_do_not_belong_into_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "ops.yaml").write_text("retail: {scraping: {passwords: {laurel: canary-pw}}}")
    with pytest.raises(SettingsError, match=r"is a secret.*OPS_RETAIL__SCRAPING__PASSWORDS") as refused:
        load_settings(tmp_path, {})
    assert "canary" not in str(refused.value)
