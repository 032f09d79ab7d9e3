"""Reports of the demo store, from the tables to the mail that arrives: once, with their files, and what goes wrong."""

from __future__ import annotations

import json
from datetime import timedelta

from ops_platform_tests.flows.retail.report_office import NOW, Office

TO = ["owner@store.example", "manager@store.example"]


def test_every_report_arrives_once_with_its_text_its_charts_and_its_file(office: Office) -> None:
    assert sorted(mail.subject for mail in office.post.mails()) == [
        "Administrative report: Saturday, June 6, 2026",
        "Items to look at, Monday, June 8, 2026",
        "Revenue, Saturday, June 6, 2026",
        "Revenue, week of May 31\N{EN DASH}Jun 6, 2026",
    ]
    [mail] = office.mails("Administrative")
    assert mail.envelope_to == ("office@willet-moss.example",)
    assert [name for name, _, _ in mail.attached] == ["low_stock_2026-06-08.csv"]
    assert mail.html is not None
    assert mail.html.count("data:image/png;base64,") == 2
    assert "cid:" not in mail.html
    assert mail.text is not None
    for title in (
        "REVENUE",
        "COST OF GOODS SOLD",
        "SALES REPS",
        "WHOLESALE",
        "BEST SELLERS",
        "CATEGORIES",
        "LOW STOCK",
    ):
        assert title in mail.text.upper()


def test_after_a_closed_day_without_payments_there_is_no_daily_report(office: Office) -> None:
    found = office.run("daily_revenue_report")["daily_revenue_report"]
    assert found.plan.notes["code"].tolist() == ["nothing_to_report"]
    assert len(office.mails("Revenue, ")) == 2


def test_a_page_of_the_report_and_its_charts_lie_beside_its_figures(office: Office) -> None:
    folder = office.root / "retail" / "exports" / "reports" / "admin_report" / "2026-06-07"
    assert sorted(file.name for file in folder.iterdir()) == [
        "categories.png", "figures.csv", "low_stock_2026-06-08.csv", "report.html", "weeks.png",
    ]  # fmt: skip
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Administrative report: Saturday, June 6, 2026" in page
    assert page.count("data:image/png;base64,") == 2
    assert (folder / "weeks.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "report.html").stat().st_mode & 0o077 == 0


def test_a_second_run_reads_nothing_of_the_store_sends_nothing_and_leaves_every_file(office: Office) -> None:
    before = len(office.post.mails())
    text = office.file("admin_report/2026-06-07/figures.csv")
    office.execute('ALTER TABLE "PS_TKT_HIST_LIN" RENAME TO "PS_GONE"')
    try:
        done = office.run("admin_report", "item_report", "revenue_report")
    finally:
        office.execute('ALTER TABLE "PS_GONE" RENAME TO "PS_TKT_HIST_LIN"')
    assert {outcome.error for outcome in done.values()} == {None}
    assert {outcome.plan.notes["code"].tolist()[0] for outcome in done.values()} == {"report_known"}
    assert len(office.post.mails()) == before
    assert office.file("admin_report/2026-06-07/figures.csv") == text


def test_who_asks_for_it_once_more_gets_it_once_more(office: Office) -> None:
    before = len(office.mails("Items"))
    done = office.run("item_report", again=True)["item_report"]
    assert done.plan.effects["key"].tolist() == ["report/item_report/2026-06-08/2"]
    assert len(office.mails("Items")) == before + 1
    assert (office.root / "retail/exports/reports/item_report/2026-06-08/report_2.html").is_file()
    assert office.run("item_report")["item_report"].plan.effects.empty


def test_a_table_that_cannot_be_read_costs_its_section_only(office: Office) -> None:
    office.execute('ALTER TABLE "SY_USR" RENAME TO "SY_GONE"')
    try:
        done = office.run("admin_report", at=NOW + timedelta(days=1))["admin_report"]
    finally:
        office.execute('ALTER TABLE "SY_GONE" RENAME TO "SY_USR"')
    assert (done.status, done.error) == ("applied", None)
    assert done.plan.notes["key"].tolist() == ["reps"]
    [mail] = [mail for mail in office.mails("Administrative") if "June 8" in mail.subject]
    assert mail.text is not None
    assert "could not be computed: The point of sale's stand-in is empty" in mail.text.replace("\n! ", " ")
    assert "Year to date" in mail.text


def test_without_daily_sales_there_is_no_report_at_all(office: Office) -> None:
    before = len(office.post.mails())
    office.execute('ALTER TABLE "AR_CUST" RENAME COLUMN "CATEG_COD" TO "CATEG_GONE"')
    try:
        done = office.run("admin_report", at=NOW + timedelta(days=2))["admin_report"]
    finally:
        office.execute('ALTER TABLE "AR_CUST" RENAME COLUMN "CATEG_GONE" TO "CATEG_COD"')
    assert done.status == "failed"
    assert done.error is not None
    assert "CATEG_COD" in done.error
    assert len(office.post.mails()) == before
    assert office.rows("SELECT key FROM ops.effects WHERE key LIKE 'report/admin_report/2026-06-09%'") == []


def test_all_recipients_get_one_mail_together(office: Office) -> None:
    office.run("item_report", at=NOW + timedelta(days=1), OPS_RETAIL__ITEM_REPORT__RECIPIENTS=json.dumps(TO))
    [mail] = [mail for mail in office.mails("Items") if "June 9" in mail.subject]
    assert sorted(mail.envelope_to) == sorted(TO)


def test_a_live_account_without_recipients_sends_nothing_and_says_so(office: Office) -> None:
    live = {
        "OPS_MAIL__MODE": "live", "OPS_MAIL__USER": "u", "OPS_MAIL__SENDER": "office@store.example",
        "OPS_MAIL__PASSWORD": "p",
    }  # fmt: skip
    done = office.run("item_report", at=NOW + timedelta(days=3), **live)["item_report"]
    assert done.plan.effects.empty
    assert done.plan.notes["code"].tolist() == ["no_recipients"]
    assert office.file("item_report/2026-06-11/items_2026-06-11.csv").startswith("list,item_no")


def test_no_address_stands_in_what_is_recorded_of_the_runs(office: Office) -> None:
    told = str(office.rows("SELECT * FROM retail.automation_runs") + office.rows("SELECT * FROM ops.effect_events"))
    assert "@" not in told
