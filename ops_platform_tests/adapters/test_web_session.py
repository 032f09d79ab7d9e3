"""Visiting the competitor of the sandbox by plain HTTP, over real connections."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ops_platform.adapters.http import Retry
from ops_platform.adapters.site_visit import Errand, SiteError
from ops_platform.adapters.web_session import visit_by_http
from ops_platform.retail.scraping import Read, read_pages
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service, invented_rows
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings_retail_outside import LoginSettings, SiteSettings

PASSWORD = "canary-pass<word>"


@dataclass
class Grower:
    """A competitor, and a visitor of it."""

    sandbox: Sandbox
    waits: list[float] = field(default_factory=list)

    def site(self, page: str = "availability", **values: Any) -> SiteSettings:
        base = f"{self.sandbox.url}/competitor"
        login = LoginSettings(url=f"{base}/login", **{"user": "buyer", **values.pop("login", {})})
        return SiteSettings(url=f"{base}/{page}", login=login, table="#availability", drop_rows=2, **values)

    def errand(self, page: str = "availability", *, password: str = PASSWORD, **values: Any) -> Errand:
        return Errand(self.site(page, **values), password, timeout_seconds=5, delay_seconds=0.25)

    def visit(self, page: str = "availability", *, password: str = PASSWORD, **values: Any) -> Read:
        errand = self.errand(page, password=password, **values)
        retry = Retry(attempts=2, first_wait=0.0)
        return visit_by_http(
            errand, lambda pages: read_pages("g", pages, errand.site), retry=retry, sleep=self.waits.append
        )

    def asked(self) -> list[str]:
        return [f"{entry.method} {entry.path}" for entry in self.sandbox.log.entries("competitor")]


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    state = CompetitorSandbox(invented_rows(), password=PASSWORD)
    with running_sandbox([competitor_service(state)]) as sandbox:
        yield sandbox


@pytest.fixture
def grower(served: Sandbox) -> Iterator[Grower]:
    yield Grower(served)
    served.faults.switch_off()


def test_behind_the_login_the_whole_list_is_read(grower: Grower) -> None:
    found = grower.visit()
    assert len(found.rows) == 60
    assert found.rows["price_raw"].tolist() == [row[3] for row in invented_rows()]
    assert found.notes == []
    assert grower.asked()[-4:] == ["GET /login", "POST /login", "GET /availability", "GET /availability"]


def test_between_two_requests_it_waits_as_long_as_is_set(grower: Grower) -> None:
    grower.visit()
    assert grower.waits == [0.25, 0.25, 0.25]


def test_pages_are_followed_to_the_last(grower: Grower) -> None:
    found = grower.visit("availability-pages", next="a.next")
    assert found.rows["name"].tolist() == [row[0] for row in invented_rows()]
    assert grower.asked()[-1] == "GET /availability-pages"


def test_a_list_with_more_pages_than_are_allowed_is_an_error_and_not_a_part_of_it(grower: Grower) -> None:
    with pytest.raises(SiteError, match="more than 2 pages") as told:
        grower.visit("availability-pages", next="a.next", max_pages=2)
    assert told.value.kind == "page"


def test_a_wrong_password_is_told_as_login_refused_without_showing_it(
    grower: Grower, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SiteError, match=r"login refused: .*'buyer'") as told:
        grower.visit(password="canary-wrong")
    assert told.value.kind == "login"
    assert told.value.page is not None
    assert "Wholesale login" in told.value.page
    shown = " ".join([str(told.value), repr(told.value), told.value.page, caplog.text, repr(grower.errand())])
    assert "canary" not in shown


def test_a_login_that_is_lost_on_the_way_is_login_refused_and_no_empty_list(grower: Grower) -> None:
    grower.sandbox.faults.add("competitor", "status", path="/availability", status=303, headers={"location": "login"})
    with pytest.raises(SiteError, match="login refused"):
        grower.visit()


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_that_is_answered_with_a_refusal_is_login_refused(grower: Grower, status: int) -> None:
    grower.sandbox.faults.add("competitor", "status", method="POST", status=status, times=2)
    with pytest.raises(SiteError, match="login refused"):
        grower.visit()


def test_a_page_without_the_form_names_the_fields_that_are_missing(grower: Grower) -> None:
    with pytest.raises(SiteError, match=r"no login form at .* with the fields 'mail' and 'password'"):
        grower.visit(login={"user_field": "mail"})


def test_fields_may_be_named_by_their_id(grower: Grower) -> None:
    assert len(grower.visit(login={"user_field": "username", "password_field": "password"}).rows) == 60


def test_a_renamed_column_is_an_error_that_names_it_and_keeps_the_page(grower: Grower) -> None:
    grower.sandbox.faults.add("competitor", "renamed_column", path="/availability", times=None)
    with pytest.raises(SiteError, match=r"'Price' is not in the table.*Cost") as told:
        grower.visit()
    assert told.value.kind == "layout"
    assert told.value.page is not None
    assert "Cost" in told.value.page


def test_a_page_without_a_table_is_an_error(grower: Grower) -> None:
    grower.sandbox.faults.add("competitor", "no_table", path="/availability", times=None)
    with pytest.raises(SiteError, match="no table '#availability'"):
        grower.visit()


@pytest.mark.parametrize("kind", ["refuse", "reset", "short_body"])
def test_a_broken_connection_is_tried_again_for_reading(grower: Grower, kind: str) -> None:
    grower.sandbox.faults.add("competitor", kind, path="/availability", times=1, after=1)
    assert len(grower.visit().rows) == 60


def test_a_site_that_is_away_says_so(grower: Grower) -> None:
    grower.sandbox.faults.add("competitor", "status", path="/login", status=503, times=None)
    with pytest.raises(SiteError, match="503") as told:
        grower.visit()
    assert told.value.kind == "unreachable"


def test_a_login_is_never_sent_twice_by_itself(grower: Grower) -> None:
    grower.sandbox.faults.add("competitor", "status", method="POST", status=503, times=1)
    before = grower.asked().count("POST /login")
    with pytest.raises(SiteError):
        grower.visit()
    assert grower.asked().count("POST /login") == before + 1


# -- sites the sandbox does not have


def site_of(server: HTTPServer, **values: Any) -> SiteSettings:
    return SiteSettings(
        url=server.url_for("/list"), columns={"name": "Name", "price": "Price"}, key=("name",), **values
    )


def names(pages: Sequence[str], site: SiteSettings) -> list[str]:
    return read_pages("s", pages, site).rows["name"].tolist()


TABLE = "<table><tr><th>Name</th><th>Price</th></tr><tr><td>{}</td><td>$1</td></tr></table>{}"


def test_a_site_without_a_login_is_just_read(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/list").respond_with_data(TABLE.format("Acer", ""), content_type="text/html")
    site = site_of(httpserver)
    assert visit_by_http(Errand(site, delay_seconds=0), lambda pages: names(pages, site)) == ["Acer"]


@pytest.mark.parametrize(
    ("content_type", "meta", "encoding"),
    [("text/html; charset=ISO-8859-1", "", "latin-1"), ("text/html", '<meta charset="windows-1252">', "cp1252")],
)
def test_letters_come_as_the_page_says_they_are_written(
    httpserver: HTTPServer, content_type: str, meta: str, encoding: str
) -> None:
    body = (meta + TABLE.format("Citroën", "")).encode(encoding)
    httpserver.expect_request("/list").respond_with_data(body, content_type=content_type)
    site = site_of(httpserver)
    assert visit_by_http(Errand(site, delay_seconds=0), lambda pages: names(pages, site)) == ["Citroën"]


def test_hidden_fields_choices_and_the_button_go_along_with_the_login(httpserver: HTTPServer) -> None:
    form = (
        "<form method=POST action='/in?x=1'><input type=hidden name=csrf value='t&1'><input name=user><input name=pw "
        "type=password><input type=checkbox name=keep checked><input type=checkbox name=ads><select name=shop><option "
        "value=1>A<option value=2 selected>B</select><button name=go value=yes>Go</button></form>"
    )
    seen: list[dict[str, str]] = []

    def logged_in(request: Request) -> Response:
        seen.append(request.form.to_dict())
        return Response("<p>welcome</p>", content_type="text/html")

    httpserver.expect_request("/login").respond_with_data(form, content_type="text/html")
    httpserver.expect_request("/in").respond_with_handler(logged_in)
    httpserver.expect_request("/list").respond_with_data(TABLE.format("Acer", ""), content_type="text/html")
    login = LoginSettings(url=httpserver.url_for("/login"), user="me", user_field="user", password_field="pw")
    site = site_of(httpserver, login=login)
    assert visit_by_http(Errand(site, "p w&", delay_seconds=0), lambda pages: names(pages, site)) == ["Acer"]
    assert seen == [{"csrf": "t&1", "user": "me", "pw": "p w&", "keep": "on", "shop": "2", "go": "yes"}]


@pytest.mark.parametrize("where", ["action", "redirect"])
@pytest.mark.parametrize("place", ["http://127.0.0.1:1", "http://localhost:1", "https://other.example"])
def test_a_password_goes_nowhere_but_to_the_host_of_the_settings(
    httpserver: HTTPServer, where: str, place: str
) -> None:
    other = f"{place}/steal"
    action = other if where == "action" else "/in"
    form = f"<form method=post action='{action}'><input name=username><input name=password></form>"
    httpserver.expect_request("/login").respond_with_data(form, content_type="text/html")
    httpserver.expect_request("/in").respond_with_data("", status=307, headers={"Location": other})
    site = site_of(httpserver, login=LoginSettings(url=httpserver.url_for("/login"), user="me"))
    with pytest.raises(SiteError, match=f"leads on to {place}.*, which is not in its settings"):
        visit_by_http(Errand(site, PASSWORD, delay_seconds=0), list)


def test_a_site_that_sends_on_for_ever_is_given_up(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/list").respond_with_data("", status=302, headers={"Location": "/list"})
    with pytest.raises(SiteError, match="sends on more than 10 times"):
        visit_by_http(Errand(site_of(httpserver), delay_seconds=0), list)


@pytest.mark.parametrize(
    "last", ["<a class=next href='/list'>again</a>", "<a class='next disabled' href='/x'>-</a>", ""]
)
def test_the_last_page_may_lead_to_itself_or_nowhere(httpserver: HTTPServer, last: str) -> None:
    httpserver.expect_request("/list").respond_with_data(TABLE.format("Acer", last), content_type="text/html")
    site = site_of(httpserver, next="a.next")
    assert visit_by_http(Errand(site, delay_seconds=0), lambda pages: names(pages, site)) == ["Acer"]


def test_a_link_that_only_a_script_follows_is_told(httpserver: HTTPServer) -> None:
    page = TABLE.format("Acer", "<a class=next href='#'>more</a>")
    httpserver.expect_request("/list").respond_with_data(page, content_type="text/html")
    with pytest.raises(SiteError, match="engine: browser"):
        visit_by_http(Errand(site_of(httpserver, next="a.next"), delay_seconds=0), list)
