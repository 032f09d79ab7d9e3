"""Item 18 from the shared file to the mail that arrives, over real HTTP and SMTP, and what goes wrong on the way."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from PIL import Image

from ops_platform.flows.retail.after_requests import created_log
from ops_platform_tests.flows.retail.garden import ZONE, Garden, rows_of

NAME = "stock_notifications"


def test_with_five_left_and_a_buffer_of_five_the_line_stays_and_nothing_is_sent(garden: Garden) -> None:
    garden.item("A", available=5)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, outcome.error) == ("applied", None)
    assert (garden.mails(), garden.coupons(), len(rows_of(garden.waiting))) == ([], [], 1)


def test_with_six_left_there_is_a_coupon_a_mail_a_log_line_and_the_request_is_gone(garden: Garden) -> None:
    garden.item("A", available=6)
    asked = (garden.ago(days=2), "jane@x.example", "A")
    garden.ask(asked, (garden.ago(days=1), "tom@x.example", "B"))
    garden.pos.add_customer("1001", FST_NAM="JANE", EMAIL_ADRS_1="Jane@X.example")
    photo = garden.settings.retail.photos.folder / "A.jpg"
    photo.parent.mkdir(parents=True)
    Image.new("RGB", (640, 480), "seagreen").save(photo)
    began = garden.now
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, outcome.error) == ("applied", None)
    [coupon], [mail] = garden.coupons(), garden.mails()
    assert coupon["name"].startswith("Back in Stock(A, ")
    assert "jane" not in coupon["name"]
    ends = parsedate_to_datetime(coupon["expires"])
    assert timedelta(0) <= ends - (began + timedelta(days=3)) <= timedelta(seconds=10)
    assert (coupon["amount"], coupon["min_purchase"], coupon["max_uses"]) == ("10.0000", "100.0000", 1)
    assert mail.envelope_to == ("jane@x.example",)
    month = f"{ends.astimezone(ZONE):%B}"
    for part in ("Hi Jane", coupon["code"], "https://store.example/plant-a/", "half shade", month):
        assert part in (mail.text or ""), part
    assert "data:image/jpeg" in (mail.html or "")
    assert [row[1] for row in rows_of(garden.waiting)] == ["tom@x.example"]
    log = created_log(garden.home)
    assert os.name != "posix" or log.stat().st_mode & 0o077 == 0
    [line] = rows_of(log)
    assert line[1:] == ["jane@x.example", "A", str(coupon["id"])]


def test_a_second_run_of_the_day_sends_and_makes_nothing(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    garden.run(NAME)
    before = (len(garden.mails()), len(garden.coupons()), garden.statuses())
    garden.run(NAME)
    assert before == (1, 1, ["coupon sent", "email sent"])
    assert (len(garden.mails()), len(garden.coupons()), garden.statuses()) == before
    assert len(rows_of(created_log(garden.home))) == 1


def test_with_the_mail_server_down_the_line_stays_and_the_next_run_sends_the_same_code(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    garden.sandbox.faults.add("smtp", "reply", method="MAIL", status=421, times=None)
    garden.run(NAME)
    [coupon] = garden.coupons()
    assert (garden.mails(), len(rows_of(garden.waiting))) == ([], 1)
    assert garden.statuses() == ["coupon sent", "email planned"]
    garden.sandbox.faults.switch_off()
    garden.stock("A", 20)  # the mail stays as it was first made
    garden.run(NAME)
    [mail] = garden.mails()
    assert coupon["code"] in (mail.text or "")
    assert (len(garden.coupons()), rows_of(garden.waiting)) == (1, [])


def test_with_the_web_shop_down_there_is_no_mail_and_the_next_run_does_both(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    garden.sandbox.faults.add("bigcommerce", "status", method="POST", status=429, times=None)
    garden.run(NAME)
    assert (garden.mails(), len(rows_of(garden.waiting))) == ([], 1)
    assert garden.statuses() == ["coupon planned", "email planned"]
    garden.sandbox.faults.switch_off()
    garden.run(NAME)
    assert (len(garden.mails()), len(garden.coupons()), rows_of(garden.waiting)) == (1, 1, [])


@pytest.mark.parametrize("api", ["v2", "v3"])
@pytest.mark.parametrize("accepted", [True, False])
def test_a_coupon_of_which_nobody_knows_whether_it_was_made_is_looked_up_and_never_made_twice(
    garden: Garden, accepted: bool, api: str
) -> None:
    garden.use(stock_notifications__coupon_api=api)
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    garden.sandbox.faults.add("bigcommerce", "status", method="POST", status=500, accepted=accepted, times=2)
    for _ in range(4):
        garden.run(NAME)
    made = [*garden.coupons(), *garden.web.records("codes")]
    assert (len(garden.mails()), len(made), garden.statuses()) == (1, 1, ["coupon sent", "email sent"])
    assert len(garden.web.records("promotions")) == (api == "v3")


def test_a_coupon_the_shop_refuses_keeps_the_request_and_the_next_day_tries_with_another(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    garden.sandbox.faults.add("bigcommerce", "status", method="POST", status=400, body="[]")
    outcome = garden.run(NAME)[NAME]
    assert "refused the coupon" in (outcome.error or "")
    assert garden.statuses() == ["coupon failed", "email suppressed"]
    assert (garden.mails(), len(rows_of(garden.waiting))) == ([], 1)
    garden.run(NAME)
    assert garden.statuses()[2:] == ["coupon sent", "email sent"]
    assert (len(garden.mails()), rows_of(garden.waiting)) == (1, [])


def test_an_address_the_mail_server_refuses_keeps_its_request_and_the_others_are_told(garden: Garden) -> None:
    garden.item("A", available=9)
    garden.ask((garden.ago(days=2), "gone@x.example", "A"), (garden.ago(days=1), "tom@x.example", "A"))
    garden.sandbox.faults.add("smtp", "reply", method="RCPT", status=550, path="gone@x.example", times=None)
    garden.run(NAME)
    assert [list(mail.envelope_to) for mail in garden.mails()] == [["tom@x.example"]]
    assert [row[1] for row in rows_of(garden.waiting)] == ["gone@x.example"]
    again = garden.run(NAME)[NAME]
    assert set(again.plan.notes["code"]) == {"notification_failed"}
    assert len(garden.coupons()) == 2


def test_a_line_that_is_appended_after_the_mail_is_a_new_request(garden: Garden) -> None:
    garden.item("A", available=6)
    later = f"{garden.now + timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"
    garden.ask((garden.ago(days=2), "jane@x.example", "A"), (later, "JANE@x.example", "a"))
    garden.run(NAME)
    assert rows_of(garden.waiting) == [[later, "JANE@x.example", "a"]]
    assert len(garden.mails()) == 1


def test_duplicates_are_one_mail_and_all_their_lines_go(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask(*((garden.ago(days=days), "jane@x.example", "A") for days in (3, 2, 1)))
    garden.run(NAME)
    assert (len(garden.mails()), rows_of(garden.waiting)) == (1, [])


def test_requests_of_the_form_are_served_and_closed_and_the_same_one_in_both_is_one(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    for days, address in ((2, "jane@x.example"), (1, "tom@x.example")):
        garden.db.execute(
            "INSERT INTO retail.stock_requests (requested_at, email, item_no) VALUES (:at, :email, 'A')",
            at=garden.now - timedelta(days=days), email=address,
        )  # fmt: skip
    garden.run(NAME)
    assert sorted(address for mail in garden.mails() for address in mail.envelope_to) == [
        "jane@x.example",
        "tom@x.example",
    ]
    rows = garden.db.frame("SELECT closed_because FROM retail.stock_requests")["closed_because"].tolist()
    assert (rows, rows_of(garden.waiting)) == (["told", "told"], [])
    assert len(garden.run(NAME)[NAME].plan.effects) == 0


def test_a_request_that_is_given_up_leaves_the_list_and_is_kept_in_the_table_of_rejected_rows(garden: Garden) -> None:
    garden.item("A", available=0)
    asked = garden.ago(days=31)
    garden.ask((asked, "jane@x.example", "NOPE"), (asked, "jane@x.example", "A"))
    garden.run(NAME, apply=False)
    assert len(rows_of(garden.waiting)) == 2
    garden.run(NAME)
    assert [row[2] for row in rows_of(garden.waiting)] == ["A"]
    [row] = garden.db.frame("SELECT file, code, raw FROM retail.rejected_rows").to_dict("records")
    assert row == {
        "file": "stock_notification_log.csv",
        "code": "unknown_requested_item",
        "raw": f"{asked},jane@x.example,NOPE",
    }


def test_a_row_that_cannot_be_read_is_kept_once_in_the_table_and_the_others_are_served(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask(("soon", "tom@x.example", "A"), (garden.ago(days=1), "jane@x.example", "A"))
    garden.run(NAME)
    garden.run(NAME)
    rows = garden.db.frame("SELECT line, column_name, code FROM retail.rejected_rows").to_dict("records")
    assert rows == [{"line": 2, "column_name": "date", "code": "bad_date"}]
    assert rows_of(garden.waiting) == [["soon", "tom@x.example", "A"]]
    assert len(garden.mails()) == 1


def test_a_run_that_died_after_the_mail_is_made_good_without_a_second_one(garden: Garden) -> None:
    garden.item("A", available=6)
    line = (garden.ago(days=2), "jane@x.example", "A")
    garden.ask(line)
    garden.run(NAME)
    garden.ask(line)  # as if the run had died before it took the line away
    created_log(garden.home).unlink()
    garden.run(NAME)
    assert (len(garden.mails()), len(garden.coupons()), rows_of(garden.waiting)) == (1, 1, [])
    assert len(rows_of(created_log(garden.home))) == 1


def test_with_codes_of_promotions_one_promotion_holds_the_codes_of_a_run(garden: Garden) -> None:
    garden.use(stock_notifications__coupon_api="v3")
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"), (garden.ago(days=2), "tom@x.example", "A"))
    garden.run(NAME)
    [promotion] = garden.web.records("promotions")
    codes = garden.web.records("codes")
    assert promotion["name"].startswith("Back in Stock until ")
    assert {(code["max_uses"], code["max_uses_per_customer"]) for code in codes} == {(1, 1)}
    texts = [mail.text or "" for mail in garden.mails()]
    assert len(codes) == len(texts) == 2
    assert all(any(code["code"] in text for text in texts) for code in codes)


def test_two_plants_are_promised_to_two_and_on_the_days_after_to_nobody_else(garden: Garden) -> None:
    garden.use(stock_notifications__max_per_unit=1)
    garden.item("A", available=7)
    garden.ask(*((garden.ago(days=2, minutes=-number), f"p{number}@x.example", "A") for number in range(5)))
    for _ in range(2):
        garden.run(NAME)
        assert {*(mail.envelope_to for mail in garden.mails())} == {("p0@x.example",), ("p1@x.example",)}
    garden.db.execute("UPDATE ops.effects SET changed_at = changed_at - interval '3 days'")  # their coupons have ended
    garden.run(NAME)
    assert len(garden.mails()) == 4


def test_a_real_store_with_the_sandboxs_web_shop_promises_nobody_a_coupon(garden: Garden) -> None:
    garden.use(counterpoint__mode="live", apply=[NAME])
    garden.env["OPS_COUNTERPOINT_DATABASE_URL"] = garden.pos.url
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    outcome = garden.run(NAME)[NAME]
    assert set(outcome.plan.notes["code"]) == {"web_shop_not_real"}
    assert (garden.mails(), garden.coupons(), len(rows_of(garden.waiting))) == ([], [], 1)


def test_a_real_store_with_the_sandboxs_mail_keeps_everybody_on_the_list(garden: Garden) -> None:
    shop = {"mode": "live", "token": garden.web.token, "store_hash": garden.web.store}
    garden.use(counterpoint__mode="live", apply=[NAME], bigcommerce__url=f"{garden.sandbox.url}/bigcommerce")
    garden.use(**{f"bigcommerce__{name}": value for name, value in shop.items()})
    garden.env["OPS_COUNTERPOINT_DATABASE_URL"] = garden.pos.url
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    garden.run(NAME)
    assert (len(garden.mails()), len(rows_of(garden.waiting))) == (1, 1)


def test_another_file_in_place_of_the_requests_fails_and_touches_nothing(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.write(garden.waiting, "<html>not found</html>\n")
    outcome = garden.run(NAME)[NAME]
    assert outcome.status == "failed"
    assert "should begin with date,email,item_no" in (outcome.error or "")
    assert garden.waiting.read_text(encoding="utf-8") == "<html>not found</html>\n"


def test_without_a_file_nobody_waits(garden: Garden) -> None:
    garden.item("A", available=6)
    outcome = garden.run(NAME)[NAME]
    assert (outcome.status, outcome.plan.considered) == ("applied", 0)
    assert not garden.waiting.exists()


def test_the_mail_of_a_run_at_another_hour_names_that_hour(garden: Garden) -> None:
    garden.item("A", available=6)
    garden.ask((garden.ago(days=2), "jane@x.example", "A"))
    tick = garden.now.replace(minute=30, second=0)
    garden.run(NAME, as_of=tick)
    [mail] = garden.mails()
    ends: datetime = tick + timedelta(days=3)
    assert f"{ends:%B} {ends.day}" in (mail.text or "")
