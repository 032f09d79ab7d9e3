"""The checks of leads, requests and coupons, and their lineage; each fails when what it names happens."""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg
import pytest

from ops_platform.definitions import defs
from ops_platform_tests.defs.retail.conftest import Shop
from ops_platform_tests.defs.retail.test_checks import ask, complains
from ops_platform_tests.flows.effects.conftest import forget
from ops_platform_tests.flows.retail.conftest import AS_OF

GRAPH = defs.resolve_asset_graph()


def deps(*path: str) -> set[str]:
    return {"/".join(key.path) for key in GRAPH.get(dg.AssetKey(list(path))).parent_keys}


def test_the_lineage_leads_from_the_files_to_the_automations_and_their_logs() -> None:
    assert deps("retail", "leads") == {"intake/design_request_leads.csv"}
    assert deps("retail", "lead_followup") >= {"retail/leads", "retail/customers", "retail/new_customers"}
    assert deps("retail", "stock_notifications") >= {
        "retail/stock_requests", "retail/stock", "retail/product_pages", "retail/photo_folder", "retail/stock_buffer",
    }  # fmt: skip
    assert deps("retail", "expired_coupons") == {"retail/coupons"}
    assert deps("coupons", "created_coupon_log.csv") == {"retail/stock_notifications"}
    assert deps("coupons", "deleted_coupons.csv") == {"retail/expired_coupons"}


@pytest.fixture
def kept(shop: Shop) -> Shop:
    """A store without effects."""
    forget(shop.db)
    return shop


def write(shop: Shop, name: str, text: str) -> None:
    """Write a shared file."""
    path = getattr(shop.settings.retail.leads, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_form_that_writes_other_dates_is_told_without_anybodys_address(kept: Shop) -> None:
    assert ask("leads_are_read", "lead_followup").passed
    header = "date,email,phone\n"
    good = "2026-05-13 08:00:00,jane@x.example,828-555-0142\n"
    bad = "13. Mai,canary@x.example,828-555-0143\n"
    write(kept, "design_requests", header + good.replace("08:", "09:") + good * 18 + bad)
    said, rows = complains("leads_are_read", "lead_followup")
    assert said.startswith("1 of 3 rows of the leads' file could not be read (33.3%, 5% allowed)")
    assert [(row["line"], row["column"], row["code"]) for row in rows] == [(21, "date", "bad_date")]
    assert "canary" not in f"{said}{rows}"


def test_a_few_bad_rows_among_many_pass(kept: Shop) -> None:
    lines = "".join(f"2026-05-13 08:{minute:02}:00,p{minute}@x.example,A\n" for minute in range(30))
    write(kept, "stock_requests", f"date,email,item_no\n{lines}2026-05-13 09:00:00,no address,A\n")
    found = ask("requests_are_read", "stock_notifications")
    assert found.passed
    assert "1 of 31" in str(found.description)


def test_an_unreadable_file_is_told_and_not_taken_for_an_empty_one(kept: Shop) -> None:
    write(kept, "stock_requests", "<html>\n")
    said, _ = complains("requests_are_read", "stock_notifications")
    assert "should begin with date,email,item_no" in said


def effect(shop: Shop, key: str, kind: str, status: str, *, at: datetime, after: str | None = None) -> None:
    """An effect in the ledger, whatever became of it."""
    shop.db.execute(
        "INSERT INTO ops.effects (key, is_sandbox, kind, automation, target, payload, payload_sha256, due_at,"
        " next_try_at, status, reason, changed_at, after_key, after_id)"
        " VALUES (:key, true, :kind, 'stock_notifications', 'x', '{}', 'x', :at, :at, :status, 'so', :at, :after,"
        " (SELECT effect_id FROM ops.effects WHERE key = :after))",
        key=key, kind=kind, status=status, at=at, after=after,
    )  # fmt: skip


@pytest.mark.parametrize("status", ["planned", "failed", "expired", "unknown"])
def test_a_coupon_whose_mail_is_not_out_after_a_day_is_told(kept: Shop, status: str) -> None:
    request = "2026-05-10T08:00:00/0123456789ab"
    effect(kept, f"stock_coupon/{request}", "coupon", "sent", at=AS_OF - timedelta(hours=23))
    effect(kept, f"stock_mail/{request}", "email", status, at=AS_OF, after=f"stock_coupon/{request}")
    assert ask("coupons_have_their_mail", "stock_notifications").passed
    kept.db.execute("UPDATE ops.effects SET changed_at = changed_at - interval '2 hours' WHERE kind = 'coupon'")
    said, rows = complains("coupons_have_their_mail", "stock_notifications")
    assert said.startswith(
        "1 of 1 coupons of the last month have had no mail for more than a day: stock_coupon/2026-05-10"
    )
    assert [row["status"] for row in rows] == [status]
    effect(kept, f"stock_coupon/{request}/2", "coupon", "sent", at=AS_OF)
    effect(kept, f"stock_mail/{request}/2", "email", "sent", at=AS_OF, after=f"stock_coupon/{request}/2")
    assert ask("coupons_have_their_mail", "stock_notifications").passed
