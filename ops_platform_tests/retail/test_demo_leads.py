"""People who write to the demo store: the same every time, and with tomorrow only more of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ops_platform.core.csvtext import csv_text
from ops_platform.retail.demo_leads import BAD_LEAD, Known, demo_coupons, demo_leads, demo_requests
from ops_platform.retail.leads import COLUMNS, lead_cells, read_leads

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 5, 14, 7, 0, tzinfo=ZONE)
KNOWN = [Known("Vera", "Wychwood", "vera@customers.example", "828-555-0101")] * 3


def test_leads_are_of_three_days_and_this_morning_and_none_of_the_future() -> None:
    found = demo_leads(NOW, KNOWN)
    assert {lead.received_at.date().day for lead in found} == {11, 12, 13, 14}
    assert max(lead.received_at for lead in found) <= NOW
    assert any(lead.email == "vera@customers.example" for lead in found)


def test_a_day_later_the_leads_of_before_are_the_same() -> None:
    today, tomorrow = demo_leads(NOW, KNOWN), demo_leads(NOW + timedelta(days=1), KNOWN)
    overlap = [lead for lead in today if lead.received_at.date().day > 11]
    assert tomorrow[: len(overlap)] == overlap
    assert demo_leads(NOW, KNOWN) == today


def test_they_are_rows_of_the_contract_but_for_one_that_is_bad_on_purpose() -> None:
    found = demo_leads(NOW, KNOWN)
    text = csv_text(COLUMNS, [*map(lead_cells, found), BAD_LEAD])
    leads, rejects = read_leads(text.encode(), file="x.csv", zone=ZONE)
    assert leads == found
    assert [each.code for each in rejects] == ["bad_date"]


def test_who_waits_waits_for_what_is_back_for_what_is_not_and_for_what_nobody_knows() -> None:
    found = demo_requests(NOW, ["A", "B"], ["C"], KNOWN)
    assert [request.item_no for request in found] == ["A", "B", "C", "NOPE-1", "A"]
    assert found[0].email == found[-1].email
    assert all(request.requested_at < NOW for request in found)


def test_of_the_coupons_some_have_ended() -> None:
    names = [coupon["name"] for coupon in demo_coupons(NOW)]
    assert len(set(names)) == len(names) == 10
    assert sum(not coupon["expires"] for coupon in demo_coupons(NOW)) == 1
