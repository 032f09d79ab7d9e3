"""Item 17 from the shared file and the form's table to the mail that arrives."""

from __future__ import annotations

from datetime import timedelta

from ops_platform_tests.flows.retail.garden import ZONE, Garden

NAME = "lead_followup"
HEADER = "date,first_name,last_name,email,phone,interested_in,timeline,street,city,state,zip_code,comments\n"


def write(garden: Garden, *lines: str) -> None:
    """Write the leads' file."""
    garden.write(garden.settings.retail.leads.design_requests, HEADER + "".join(f"{line}\n" for line in lines))


def line(moment: str, name: str = "Jane", comments: str = "") -> str:
    """A line of the web form."""
    return (
        f"{moment},{name},O'Hare,{name}@x.example,(828) 555-1234,\"['Patio', 'Pond']\",Today,12 Oak St,Asheville,NC,"
        f"02801,{comments}"
    )


def test_the_sales_team_gets_one_mail_with_yesterdays_leads_and_a_second_run_sends_none(garden: Garden) -> None:
    yesterday, before = garden.ago(days=1), garden.ago(days=3)
    write(garden, line(yesterday, comments="<b>steep</b>"), line(garden.ago(minutes=1), "Tom"), line(before, "Old"))
    garden.pos.add_customer("C-77", FST_NAM="Tom", EMAIL_ADRS_1="TOM@x.example")
    for _ in range(2):
        outcome = garden.run(NAME)[NAME]
        assert (outcome.status, outcome.error) == ("applied", None)
    [mail] = garden.mails()
    assert set(mail.envelope_to) == {"sales@store.example", "owner@store.example"}
    html, text = mail.html or "", mail.text or ""
    for part in (
        "Jane O'Hare",
        "Tom O'Hare",
        "828",
        "Patio",
        "Pond",
        "Today",
        "12 Oak St, Asheville, NC 02801",
        "C-77",
    ):
        assert part in text, part
    assert "tel:+18285551234" in html
    assert "mailto:jane@x.example" in html.lower()
    assert "&lt;b&gt;steep&lt;/b&gt;" in html
    assert "Old O'Hare" not in text


def test_the_same_lead_in_the_file_and_in_the_forms_table_is_in_the_mail_once(garden: Garden) -> None:
    moment = garden.now - timedelta(hours=20)
    write(garden, line(f"{moment:%Y-%m-%d %H:%M:%S}"))
    for phone in ("828-555-1234", "828-555-9999"):
        garden.db.execute(
            "INSERT INTO retail.leads "
            "(lead_id, received_at, received_on, first_name, last_name, email, phone, said_sha256) "
            "VALUES (:phone, :at, :day, 'Jane', 'Form', 'jane@x.example', :phone, :phone)",
            phone=phone, at=moment, day=moment.astimezone(ZONE).date(),
        )  # fmt: skip
    outcome = garden.run(NAME)[NAME]
    assert outcome.plan.figures["leads"] == 2
    [mail] = garden.mails()
    assert (mail.text or "").count("Patio") == 1
    assert "Jane Form" in (mail.text or "")


def test_while_the_form_writes_its_last_line_is_left_for_the_next_run(garden: Garden) -> None:
    path = garden.settings.retail.leads.design_requests
    whole, half = line(garden.ago(hours=2)), line(garden.ago(hours=1), "Tom")
    garden.write(path, HEADER + whole + "\n" + half[:60])
    garden.run(NAME)
    garden.write(path, HEADER + whole + "\n" + half + "\n")
    garden.run(NAME)
    one, two = (mail.text or "" for mail in garden.mails())
    assert ("Jane" in one, "Tom" in one) == (True, False)
    assert ("Jane" in two, "Tom" in two) == (False, True)


def test_with_the_mail_server_away_the_next_run_sends_it_once(garden: Garden) -> None:
    write(garden, line(garden.ago(hours=2)))
    garden.sandbox.faults.add("smtp", "reply", method="MAIL", status=421, times=None)
    garden.run(NAME)
    assert (garden.mails(), garden.statuses()) == ([], ["email planned"])
    garden.sandbox.faults.switch_off()
    garden.run(NAME)
    garden.run(NAME)
    assert (len(garden.mails()), garden.statuses()) == (1, ["email sent"])


def test_leads_of_a_mail_that_was_refused_stand_in_the_next_days_mail(garden: Garden) -> None:
    write(garden, line(garden.ago(hours=2)))
    garden.sandbox.faults.add("smtp", "reply", method="RCPT", status=550, times=None)
    garden.run(NAME)
    assert garden.statuses() == ["email failed"]
    garden.sandbox.faults.switch_off()
    garden.run(NAME, as_of=garden.now + timedelta(days=1))
    assert garden.statuses() == ["email failed", "email sent"]
    assert "Jane" in (garden.mails()[0].text or "")


def test_leads_wait_until_somebody_is_named_who_reads_them(garden: Garden) -> None:
    readers = garden.env.pop("OPS_RETAIL__LEAD_FOLLOWUP__RECIPIENTS")
    write(garden, *(line(garden.ago(days=day), name) for day, name in ((4, "Ann"), (3, "Ben"), (1, "Cora"))))
    for day in (3, 2, 1):
        assert garden.run(NAME, as_of=garden.now - timedelta(days=day))[NAME].status == "applied"
    garden.env["OPS_RETAIL__LEAD_FOLLOWUP__RECIPIENTS"] = readers
    garden.run(NAME)
    garden.run(NAME)
    [mail] = garden.mails()
    assert all(f"{name} O'Hare" in (mail.text or "") for name in ("Ann", "Ben", "Cora"))


def test_the_ledger_tells_mails_of_the_sandbox_from_real_ones(garden: Garden) -> None:
    write(garden, line(garden.ago(hours=2)))
    garden.run(NAME)
    for is_sandbox in (True, False):
        [row] = garden.db.frame("retail/followed_up", is_sandbox=is_sandbox).to_dict("records")
        assert (row["status"], row["is_elsewhere"]) == ("sent", not is_sandbox)


def test_a_dry_run_shows_the_leads_and_sends_nothing(garden: Garden) -> None:
    write(garden, line(garden.ago(hours=2)))
    outcome = garden.run(NAME, apply=False)[NAME]
    assert (outcome.status, len(outcome.plan.effects)) == ("planned", 1)
    assert (garden.mails(), garden.statuses()) == ([], [])


def test_a_row_that_cannot_be_read_is_kept_with_its_place_and_shown_nowhere_else(garden: Garden) -> None:
    write(garden, line("soon", "Canary"), line(garden.ago(hours=2)))
    outcome = garden.run(NAME)[NAME]
    [row] = garden.db.frame("SELECT line, column_name, code, raw FROM retail.rejected_rows").to_dict("records")
    assert (row["line"], row["column_name"], row["code"]) == (2, "date", "bad_date")
    assert "Canary@x.example" in row["raw"]
    runs = garden.db.frame("SELECT notes FROM retail.automation_runs").to_dict("records")
    assert "Canary" not in f"{runs}{outcome.plan.notes.to_dict()}"
