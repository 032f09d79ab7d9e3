"""The stand-in of Counterpoint's API: who may, what it makes of a customer, how little it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ops_platform.sandbox.counterpoint_api import CounterpointApiSandbox, counterpoint_api_service
from ops_platform.sandbox.counterpoint_customers import InDatabase, InMemory
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform_tests.adapters.counterpoint_rows import Store, store

PAT = {"FST_NAM": "Pat", "LST_NAM": "Example", "EMAIL_ADRS_1": "pat@customers.example", "CITY": "Asheville"}


class Api:
    """The stand-in of one test, and how to ask it."""

    def __init__(self, state: CounterpointApiSandbox, sandbox: Sandbox) -> None:
        self.state, self.sandbox = state, sandbox

    def ask(self, method: str, path: str, *, key: str = "sandbox", password: str = "sandbox", **options: Any) -> Any:
        url = f"{self.sandbox.url}/counterpoint{path}"
        login = (self.state.user, password)
        return httpx.request(method, url, auth=login, headers={"APIKey": key}, trust_env=False, **options)

    def create(self, workgroup: str = "1", **fields: Any) -> Any:
        return self.ask("POST", "/Customer", json={"Workgroup": workgroup, "AR_CUST": fields})


@pytest.fixture
def api() -> Iterator[Api]:
    state = CounterpointApiSandbox(InMemory([{"CUST_NO": "100002", "FST_NAM": "Old", "LST_NAM": "Customer"}]))
    with running_sandbox([counterpoint_api_service(state)]) as sandbox:
        yield Api(state, sandbox)


def test_a_customer_gets_the_next_free_number_and_what_the_template_gives(api: Api) -> None:
    made = [api.create(**PAT) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert [answer.json()["CUST_NO"] for answer in made] == ["100001", "100003"]
    assert made[0].json()["ErrorCode"] == "SUCCESS"
    found = api.ask("GET", "/Customer/100001").json()["AR_CUST"]
    assert found | PAT == found
    assert (found["NAM"], found["CUST_TYP"], found["CATEG_COD"]) == ("Pat Example", "C", "RETAIL")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"FST_NAM": "Pat"}, 400, "ERROR_MISSING_REQUIRED_DATA"),
        ({"FST_NAM": " ", "LST_NAM": "x"}, 400, "ERROR_MISSING_REQUIRED_DATA"),
        ({**PAT, "workgroup": "9"}, 400, "ERROR_INVALID_CONFIGURATION"),
        ({**PAT, "FST_NAM": "x" * 16}, 500, "ERROR_UNKNOWN"),
        ({**PAT, "CITY": "x" * 21}, 500, "ERROR_UNKNOWN"),
        ({**PAT, "STR_ID": "7"}, 500, "ERROR_UNKNOWN"),
        ({**PAT, "NO_SUCH": "x"}, 500, "ERROR_UNKNOWN"),
    ],
)
def test_a_customer_that_cannot_be_is_refused_and_not_made(
    api: Api, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = api.create(**fields)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (status, code)
    assert len(api.state.all()) == 1


def test_login_and_key_are_looked_at(api: Api) -> None:
    assert api.ask("GET", "/Customers", password="wrong").status_code == 401
    answer = api.ask("GET", "/Customers", key="old")
    assert (answer.status_code, answer.json()["ErrorCode"]) == (401, "ERROR_INVALID_APIKEY")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"AR_CUST": 1}'])
def test_a_body_that_is_none_is_missing_data(api: Api, body: bytes) -> None:
    answer = api.ask("POST", "/Customer", content=body)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (400, "ERROR_MISSING_REQUIRED_DATA")


def test_an_unknown_customer_is_not_found(api: Api) -> None:
    for method in ("GET", "PATCH"):
        answer = api.ask(method, "/Customer/1", **({"json": {"AR_CUST": {"CITY": "x"}}} if method == "PATCH" else {}))
        assert (answer.status_code, answer.json()["ErrorCode"]) == (404, "ERROR_RECORD_NOT_FOUND")


def test_a_customer_is_changed_and_found_by_the_time_of_it(api: Api) -> None:
    api.create(**PAT)
    assert api.ask("PATCH", "/Customer/100001", json={"AR_CUST": {"CITY": "Candler"}}).status_code == 200
    stamp = api.state.one("100001")["RS_UTC_DT"]
    changed = api.ask("GET", "/Customers", params={"StartDate": stamp}).json()["Customers"]
    assert [(each["CUST_NO"], each["CITY"]) for each in changed] == [("100001", "Candler")]


def test_customers_come_by_pages(api: Api) -> None:
    for _ in range(4):
        api.create(**PAT)
    pages = [
        api.ask("GET", "/Customers", params={"Page": page, "Rows": 2}).json()["Customers"] for page in (1, 2, 3, 4)
    ]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert len({each["CUST_NO"] for page in pages for each in page}) == 5


def test_the_faults_of_its_own_make_no_customer(api: Api) -> None:
    api.sandbox.faults.add("counterpoint", "error_in_201")
    answer = api.create(**PAT)
    assert (answer.status_code, answer.json()["ErrorCode"], "CUST_NO" in answer.json()) == (201, "ERROR_UNKNOWN", False)
    api.sandbox.faults.add("counterpoint", "no_template")
    assert api.create(**PAT).status_code == 500
    assert len(api.state.all()) == 1


def test_the_page_shows_no_name(api: Api) -> None:
    api.create(**PAT)
    page = httpx.get(api.sandbox.url, trust_env=False).text
    assert "Asheville" in page
    assert "Example" not in page


@pytest.fixture
def till(database_url: str) -> Iterator[tuple[Api, Store, list[str | None]]]:
    """The API on the stand-in's database; its URL is in the list, and may be taken out."""
    where: list[str | None] = [database_url]
    with store(database_url) as shop:
        state = CounterpointApiSandbox(InDatabase(lambda: where[0]))
        with running_sandbox([counterpoint_api_service(state)]) as sandbox:
            yield Api(state, sandbox), shop, where


def test_a_customer_made_through_the_api_is_one_that_sql_sees(till: tuple[Api, Store, list[str | None]]) -> None:
    api, shop, _ = till
    shop.insert("AR_CUST", {"CUST_NO": "100001", "NAM": "Taken Already"})
    assert api.create(**PAT).json()["CUST_NO"] == "100002"
    assert shop.customer("100002") | PAT == shop.customer("100002")
    assert shop.customer("100002")["NAM"] == "Pat Example"
    assert api.ask("PATCH", "/Customer/100002", json={"AR_CUST": {"CITY": "Candler"}}).status_code == 200
    assert shop.customer("100002")["CITY"] == "Candler"
    assert [each["CUST_NO"] for each in api.ask("GET", "/Customers").json()["Customers"]] == ["100001", "100002"]


def test_while_the_database_does_not_run_customers_are_kept_in_memory(
    till: tuple[Api, Store, list[str | None]],
) -> None:
    api, shop, where = till
    where[0] = None
    assert api.create(**PAT).status_code == 201
    assert api.ask("GET", "/Customer/100001").json()["AR_CUST"]["CITY"] == "Asheville"
    assert shop.customer("100001") is None


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "mssql+pymssql://ops@pos.example/COMPANY"])
def test_a_database_that_is_away_or_a_real_one_is_an_unknown_error_and_the_page_stands(
    till: tuple[Api, Store, list[str | None]], url: str
) -> None:
    api, _, where = till
    where[0] = url
    answer = api.create(**PAT)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (500, "ERROR_UNKNOWN")
    assert httpx.get(api.sandbox.url, trust_env=False).status_code == 200
