"""The forms over HTTP: what is kept, what is said, what is refused, and that nothing is kept twice."""

from __future__ import annotations

import html
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ops_platform.adapters.database import Database
from ops_platform.adapters.shared_csv import remove_rows
from ops_platform.intake.exports import write_exports
from ops_platform.intake.server import running
from ops_platform.retail import leads, requests
from ops_platform.settings import SettingsError, load_settings
from ops_platform_tests.intake.conftest import JANE, ZONE, Served
from ops_platform_tests.patience import until

FORMS = ("design-request", "back-in-stock", "newsletter")


def test_a_design_request_is_kept_thanked_for_and_written_to_the_csv_of_the_seed(served: Served) -> None:
    answer = served.send("design-request", **JANE, interested_in=["Planting", "Lawn"], timeline="Today", state="NC",
                         comments="=A pond", zip_code="02801")  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/design-request/thanks")
    assert "Thank you" in served.get(answer.headers["location"]).text
    [row] = served.rows("leads")
    assert (row["email"], row["phone"], row["interested_in"]) == (
        "jane@customers.com",
        "828-555-0142",
        ["Planting", "Lawn"],
    )
    path = served.settings.retail.leads.design_requests
    until("the file is written", lambda: len(served.file(path)) == 2)
    [lead], rejects = leads.read_leads(path.read_bytes(), file=path.name, zone=ZONE)
    assert rejects == []
    assert lead.lead_id == row["lead_id"]
    assert lead.received_at == served.clock.at.replace(microsecond=0)
    assert (lead.interested_in, lead.comments, lead.zip_code) == (("Planting", "Lawn"), "=A pond", "02801")
    assert b"'=A pond" in path.read_bytes()


def test_the_same_request_again_on_a_day_is_one_and_on_another_day_another(served: Served) -> None:
    assert served.send("design-request", **JANE).headers["location"] == "/design-request/thanks"
    served.clock.at += timedelta(hours=3)
    again = served.send("design-request", **JANE)
    assert again.headers["location"] == "/design-request/thanks?again=1"
    assert "We have your request already" in served.get(again.headers["location"]).text
    served.send("design-request", **JANE, comments="Something else")
    served.clock.at += timedelta(days=1)
    served.send("design-request", **JANE)
    assert len(served.rows("leads")) == 3


def test_who_waits_already_is_told_so_kindly(served: Served) -> None:
    first = served.send("back-in-stock", email="Jane@customers.com", item="btsp4mp")
    again = served.send("back-in-stock", email="jane@customers.com ", item="BTSP4MP")
    assert first.headers["location"] == "/back-in-stock/thanks?item=BTSP4MP"
    assert "We will tell you" in served.get(first.headers["location"]).text
    text = served.get(again.headers["location"]).text
    assert "You are on the list already" in text
    assert "item BTSP4MP" in text
    assert len(served.rows("stock_requests")) == 1
    path = served.settings.retail.leads.stock_requests
    until(
        "the file is written",
        lambda: served.file(path)[1:] == [["2026-05-13 08:22:05", "jane@customers.com", "BTSP4MP"]],
    )


def test_who_was_told_may_wait_again(served: Served) -> None:
    served.send("back-in-stock", email="jane@customers.com", item="A")
    served.db.execute("UPDATE retail.stock_requests SET closed_at = now(), closed_because = 'told'")
    assert "again" not in served.send("back-in-stock", email="jane@customers.com", item="A").headers["location"]
    assert len(served.rows("stock_requests")) == 2


def test_an_address_is_on_the_newsletters_list_once(served: Served) -> None:
    served.send("newsletter", email="jane@customers.com", first_name="Jane")
    again = served.send("newsletter", email="JANE@customers.com")
    assert "You are on the list already" in served.get(again.headers["location"]).text
    path = served.settings.retail.leads.newsletter
    until(
        "the file is written",
        lambda: served.file(path)[1:] == [["2026-05-13 08:22:05", "jane@customers.com", "Jane", ""]],
    )


@pytest.mark.parametrize(
    ("form", "fields", "table"),
    [
        ("design-request", JANE, "leads"),
        ("back-in-stock", {"email": "jane@customers.com", "item": "A"}, "stock_requests"),
        ("newsletter", {"email": "jane@customers.com"}, "newsletter"),
    ],
)
def test_twenty_clicks_at_once_keep_one(served: Served, form: str, fields: dict[str, str], table: str) -> None:
    token = served.token(form)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: served.send(form, token=token, **fields), range(20)))
    assert {answer.status_code for answer in answers} == {303}
    assert sum("again=1" not in answer.headers["location"] for answer in answers) == 1
    assert len(served.rows(table)) == 1


def test_what_is_wrong_is_said_beside_its_field_and_all_that_was_typed_stays(served: Served) -> None:
    answer = served.send("design-request", first_name='"><script>alert(1)</script>', last_name="", phone="1",
                         interested_in=["Planting"], comments="<b>", timeline="Today")  # fmt: skip
    text = answer.text
    assert answer.status_code == 422
    assert "<script>alert" not in text
    assert html.escape('"><script>alert(1)</script>').replace("&quot;", "&#34;") in text
    assert 'role="alert"' in text
    assert 'id="last_name-error"' in text
    assert 'aria-describedby="last_name-error "' in text
    assert 'aria-invalid="true"' in text
    assert 'value="Planting" checked' in text
    assert 'value="Today" checked' in text
    assert "&lt;b&gt;</textarea>" in text
    assert "<title>Please check: " in text
    assert served.rows("leads") == []


def test_the_item_of_the_link_stands_in_the_form(served: Served) -> None:
    assert 'value="10093"' in served.get("/back-in-stock?item=10093").text
    assert "<img" not in served.get("/back-in-stock?item=%22%3E%3Cimg%20src=x%3E").text
    assert "Call 1-900" not in served.get("/back-in-stock/thanks?item=Call 1-900").text


def test_a_program_that_fills_in_everything_is_thanked_and_nothing_is_kept(served: Served) -> None:
    answer = served.send("newsletter", email="bot@customers.com", website="https://spam.example")
    assert (answer.status_code, served.rows("newsletter")) == (303, [])


@pytest.mark.parametrize("token", ["", "made-up", "x" * 3000])
def test_without_a_token_of_ours_it_is_asked_for_again_with_all_that_was_typed(served: Served, token: str) -> None:
    answer = served.send("newsletter", token=token, email="jane@customers.com")
    assert (answer.status_code, served.rows("newsletter")) == (422, [])
    assert "Please send it once more" in answer.text
    assert 'value="jane@customers.com"' in answer.text


def test_a_token_of_another_form_or_another_installation_is_none(served: Served) -> None:
    assert served.send("newsletter", token=served.token("back-in-stock"), email="jane@customers.com").status_code == 422
    assert served.rows("newsletter") == []


def test_a_token_is_good_for_four_hours(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    token = served.token("newsletter")
    later = time.time() + 4 * 3600 + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert served.send("newsletter", token=token, email="jane@customers.com").status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "preview.example"}, 403),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/json"}, 415),
    ],
)
def test_what_another_page_or_a_program_sends_is_refused(served: Served, headers: dict[str, str], status: int) -> None:
    answer = served.send("newsletter", headers, email="jane@customers.com")
    assert (answer.status_code, served.rows("newsletter")) == (status, [])


@pytest.mark.parametrize("host", ["forms.store.example", "a.preview.example:443", "LOCALHOST:3010", "127.0.0.1"])
def test_the_names_of_the_settings_are_answered(served: Served, host: str) -> None:
    assert served.get("/newsletter", host=host).status_code == 200


def test_behind_a_proxy_a_form_of_the_public_name_is_taken(served: Served) -> None:
    own = {"host": "forms.store.example", "origin": "https://forms.store.example", "x-forwarded-proto": "https"}
    assert served.send("newsletter", own, email="jane@customers.com").status_code == 303
    assert served.get("/newsletter", **own).headers["strict-transport-security"]


def test_a_body_that_is_too_long_is_refused_whether_it_says_so_or_not(served: Served) -> None:
    assert served.send("newsletter", email="x" * 40_000).status_code == 413

    def pieces() -> object:
        for _ in range(40):
            yield b"x" * 1000

    headers = {"content-type": "application/x-www-form-urlencoded", "origin": served.address}
    answer = served.http.post(f"{served.address}/newsletter", content=pieces(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413


def test_too_many_fields_are_no_form(served: Served) -> None:
    body = "&".join(f"f{number}=1" for number in range(200))
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": served.address}
    assert served.http.post(f"{served.address}/newsletter", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["/", *(f"/{form}" for form in FORMS), "/newsletter/thanks", "/nothing", "/style.css"])
def test_every_answer_protects_who_reads_it(served: Served, path: str) -> None:
    headers = served.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self' https://store.example" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_loaded_from_elsewhere_and_every_field_has_its_label(served: Served, form: str) -> None:
    import re

    text = served.get(f"/{form}").text
    assert re.findall(r'(?:src|href)="(https?:[^"]+|//[^"]+)"', text) == ["https://store.example"]
    fields = re.findall(r'<(?:input|textarea)[^>]* id="([^"]+)"', text)
    labels = re.findall(r'<label for="([^"]+)"', text)
    assert fields
    assert sorted(fields) == sorted(labels)
    assert "style=" not in text
    assert "onclick" not in text


def test_other_methods_are_refused(served: Served) -> None:
    assert served.http.delete(f"{served.address}/newsletter").status_code == 405
    assert served.http.head(f"{served.address}/newsletter").status_code == 200


def test_too_often_is_told_with_when_to_come_again_and_nothing_is_lost(served: Served, tmp_path: Path) -> None:
    env = {"OPS_HOME": str(tmp_path / "home"), "OPS_INTAKE__PER_MINUTE": "2"}
    with running(served.db, load_settings(tmp_path, env)) as address:
        other = Served(address, served.db, served.settings, served.clock, served.http)
        answers = [other.send("newsletter", email=f"p{number}@customers.com") for number in range(3)]
        elsewhere = other.send("newsletter", {"x-forwarded-for": "203.0.113.9"}, email="p9@customers.com")
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 61
    assert "One moment, please" in answers[2].text
    assert 'value="p2@customers.com"' in answers[2].text
    assert elsewhere.status_code == 303


def test_without_a_database_it_says_so_keeps_what_was_typed_and_logs_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    with (
        running(away, load_settings(tmp_path, {"OPS_HOME": str(tmp_path / "home")})) as address,
        httpx.Client() as http,
    ):
        other = Served(address, away, load_settings(tmp_path, {}), None, http)  # type: ignore[arg-type]
        answer = other.send("newsletter", email="canary@customers.com")
    assert answer.status_code == 503
    assert "We could not keep this" in answer.text
    assert 'value="canary@customers.com"' in answer.text
    assert "canary" not in caplog.text


def test_what_a_crash_left_unwritten_is_written_at_the_next_start_and_lines_of_others_stay(served: Served) -> None:
    path = served.settings.retail.leads.stock_requests
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("date,email,item_no\n2026-05-01 08:00:00,tom@customers.com,B\n", encoding="utf-8")
    served.db.execute(
        "INSERT INTO retail.stock_requests (requested_at, email, item_no) VALUES (:at, 'jane@customers.com', 'A')",
        at=served.clock.at.replace(microsecond=0),
    )
    path.chmod(0o644)
    assert write_exports(served.db, served.settings) == 1
    assert write_exports(served.db, served.settings) == 0
    assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o644  # another program made it
    assert served.file(path)[1:] == [
        ["2026-05-01 08:00:00", "tom@customers.com", "B"],
        ["2026-05-13 08:22:05", "jane@customers.com", "A"],
    ]


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_files_of_the_forms_that_are_made_here_are_readable_by_their_owner_alone(served: Served) -> None:
    files = served.settings.retail.leads
    served.send("design-request", **JANE)
    served.send("back-in-stock", email="jane@customers.com", item="A")
    served.send("newsletter", email="jane@customers.com")
    made = (files.design_requests, files.stock_requests, files.newsletter)
    until("the file is written", lambda: all(path.exists() and len(served.file(path)) == 2 for path in made))
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}


def test_a_closed_request_is_not_brought_back_into_the_file(served: Served) -> None:
    served.send("back-in-stock", email="jane@customers.com", item="A")
    path = served.settings.retail.leads.stock_requests
    until("the file is written", lambda: len(served.file(path)) == 2)
    served.db.execute("UPDATE retail.stock_requests SET closed_at = now(), closed_because = 'told'")
    remove_rows(path, requests.COLUMNS, lambda cells: cells["item_no"] == "A")
    assert write_exports(served.db, served.settings) == 0
    assert len(served.file(path)) == 1


def test_another_address_needs_the_names_the_forms_are_opened_by(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"intake\.allowed_hosts"):
        load_settings(tmp_path, {"OPS_INTAKE__HOST": "0.0.0.0"})
    env = {"OPS_INTAKE__HOST": "0.0.0.0", "OPS_INTAKE__ALLOWED_HOSTS": '["forms.store.example"]'}
    assert load_settings(tmp_path, env).intake.host == "0.0.0.0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", '["https://forms.store.example"]'),
        ("ALLOWED_HOSTS", '["*"]'),
        ("FRAME_ANCESTORS", '["store.example"]'),
        ("FRAME_ANCESTORS", "[\"https://store.example; script-src 'unsafe-inline'\"]"),
        ("TRUSTED_PROXIES", '["*"]'),
        ("GOALS", "[]"),
    ],
)
def test_settings_that_would_open_too_much_are_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"intake.{name.lower()}"):
        load_settings(tmp_path, {f"OPS_INTAKE__{name}": value})
