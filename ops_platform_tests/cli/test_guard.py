"""The guard in front of the real webserver: the attacks of spec/reliability.md, and the UI that has to go on."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from ops_platform.cli.guard import (
    MAX_BODY_BYTES,
    ExposedWithoutPasswordError,
    Guard,
    Policy,
    policy_for,
    verdict,
)
from ops_platform_tests.cli.running import free_port
from ops_platform_tests.patience import until

POOL = "attacked"
MUTATION = f'mutation {{ setConcurrencyLimit(concurrencyKey: "{POOL}", limit: 7) }}'
EVIL = "http://evil.example"


@dataclass
class Site:
    """A served UI, and what a page in a browser could make the browser send to it."""

    port: int
    instance: DagsterInstance

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        """Send exactly these headers (`_` stands for `-`) and return the answer, read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=given)
        answer = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
        connection.close()
        return answer

    def changed(self) -> bool:
        """Whether the mutation reached the instance."""
        return POOL in self.instance.event_log_storage.get_concurrency_keys()


@contextmanager
def served(instance: DagsterInstance, policy: Policy | None, port: int) -> Iterator[Site]:
    """Serve the real webserver application, behind the guard if there is a policy."""
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget(), version="test") as context:
        app: Any = create_app_from_workspace_process_context(context)
        if policy:
            app = Guard(app, policy)
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            until("the server listens", lambda: server.started)
            yield Site(port, instance)
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = free_port()
    with (
        DagsterInstance.local_temp(str(tmp_path_factory.mktemp("guarded"))) as instance,
        served(instance, policy_for("127.0.0.1", port), port) as running,
    ):
        yield running


@pytest.fixture
def site(guarded_site: Site) -> Site:
    guarded_site.instance.event_log_storage.delete_concurrency_limit(POOL)
    return guarded_site


def graphql(query: str) -> bytes:
    return json.dumps({"query": query}).encode()


def linked(query: str) -> str:
    return "/graphql?query=" + query.replace(" ", "%20").replace('"', "%22")


def test_without_the_guard_a_link_on_a_foreign_page_changes_the_instance(tmp_path: Path) -> None:
    with (
        DagsterInstance.local_temp(str(tmp_path)) as instance,
        served(instance, None, free_port()) as bare,
    ):
        assert not bare.changed()
        bare.ask("GET", linked(MUTATION), Origin=EVIL)
        assert bare.changed()


def test_a_mutation_in_a_link_is_refused(site: Site) -> None:
    for headers in ({"Origin": EVIL}, {"Sec_Fetch_Site": "cross-site"}, {}, {"Origin": site.origin}):
        assert site.ask("GET", linked(MUTATION), **headers).status in (403, 405)
    assert not site.changed()


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/%67raphql"])
def test_a_form_of_a_foreign_page_is_refused_whatever_it_calls_its_content(site: Site, path: str) -> None:
    for content in (
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "application/graphql",
    ):
        for headers in ({"Origin": EVIL}, {"Origin": "null"}, {}):
            answer = site.ask("POST", path, graphql(MUTATION), Content_Type=content, **headers)
            assert answer.status in (403, 415), (content, headers)
    assert not site.changed()


def test_json_of_a_foreign_page_is_refused(site: Site) -> None:
    foreign = (
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": f"http://localhost:{site.port}"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": site.origin, "Sec_Fetch_Site": "cross-site"},
    )
    for headers in foreign:
        answer = site.ask("POST", "/graphql", graphql(MUTATION), Content_Type="application/json", **headers)
        assert answer.status == 403, headers
    assert not site.changed()


def test_reported_materialisations_of_a_foreign_page_are_refused(site: Site) -> None:
    answer = site.ask("POST", "/report_asset_materialization/some_asset?metadata=x", b"", Origin=EVIL)
    assert answer.status == 403
    assert site.ask("POST", "/report_asset_materialization/some_asset", b"", Origin=site.origin).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1", "localhost:1", ""]
)
def test_a_rebound_name_is_refused_even_for_a_page_load(site: Site, host: str) -> None:
    name = host.format(port=site.port)
    origin = f"http://{name}"
    assert site.ask("GET", "/", Host=name).status == 403
    answer = site.ask("POST", "/graphql", graphql(MUTATION), Host=name, Origin=origin, Content_Type="application/json")
    assert answer.status == 403
    assert not site.changed()


def test_nobody_may_frame_sniff_or_embed_an_answer(site: Site) -> None:
    for path in ("/", "/graphql", "/server_info", "/favicon.png"):
        answer = site.ask("GET", path)
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer.headers.get_all("Content-Security-Policy", [])
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_ui_loads_and_asks_in_the_ways_a_browser_does(site: Site) -> None:
    for name in ("127.0.0.1", "localhost"):
        own = f"http://{name}:{site.port}"
        page = site.ask("GET", "/overview", Host=f"{name}:{site.port}", Sec_Fetch_Site="none", Accept="text/html")
        assert page.status == 200
        assert "<script" in page.text  # type: ignore[attr-defined]
        script = page.text.partition('src="')[2].partition('"')[0]  # type: ignore[attr-defined]
        assert site.ask("GET", script, Host=f"{name}:{site.port}", Sec_Fetch_Site="same-origin").status == 200
        answer = site.ask(
            "POST",
            "/graphql",
            graphql("{ version }"),
            Host=f"{name}:{site.port}",
            Origin=own,
            Sec_Fetch_Site="same-origin",
            Content_Type="application/json; charset=utf-8",
        )
        assert "version" in json.loads(answer.text)["data"]  # type: ignore[attr-defined]
    answer = site.ask("POST", "/graphql", graphql(MUTATION), Origin=site.origin, Content_Type="application/json")
    assert answer.status == 200
    assert site.changed()


def test_a_page_reached_by_a_link_of_another_site_still_opens(site: Site) -> None:
    assert site.ask("GET", "/runs", Sec_Fetch_Site="cross-site", Accept="text/html").status == 200


def test_live_updates_come_to_the_own_page_and_to_no_other(site: Site) -> None:
    url = f"ws://127.0.0.1:{site.port}/graphql"
    for origin in (EVIL, "null", f"http://localhost:{site.port}"):
        with pytest.raises(InvalidStatus) as refused, connect(url, subprotocols=["graphql-ws"], origin=origin):  # type: ignore[arg-type,list-item]
            pass
        assert refused.value.response.status_code == 403
    with connect(url, subprotocols=["graphql-ws"], origin=site.origin) as socket:  # type: ignore[arg-type,list-item]
        socket.send(json.dumps({"type": "connection_init", "payload": {}}))
        assert json.loads(socket.recv(timeout=10)) == {"type": "connection_ack"}
        subscription = "subscription { locationStateChangeEvents { event { message } } }"
        socket.send(json.dumps({"id": "1", "type": "start", "payload": {"query": subscription}}))
        with pytest.raises(TimeoutError):  # an error would come at once; there is no event to tell
            socket.recv(timeout=0.5)


def test_a_body_without_a_length_or_too_long_is_refused(site: Site) -> None:
    declared = str(MAX_BODY_BYTES + 1)
    big = site.ask("POST", "/graphql", b"{}", Content_Type="application/json", Content_Length=declared)
    assert big.status == 413
    chunked = site.ask(
        "POST", "/graphql", b"2\r\n{}\r\n0\r\n\r\n", Content_Type="application/json", Transfer_Encoding="chunked"
    )
    assert chunked.status == 411


def test_an_address_other_machines_reach_needs_a_password() -> None:
    for host in ("0.0.0.0", "192.168.1.20", "::", "ops.example"):
        with pytest.raises(ExposedWithoutPasswordError, match=r"ui\.auth_password"):
            policy_for(host, 3000)
        assert policy_for(host, 3000, user="ops", password="secret").credentials == ("ops", "secret")


def test_with_a_password_set_nothing_is_shown_without_it(tmp_path: Path) -> None:
    port = free_port()
    policy = policy_for("127.0.0.1", port, user="ops", password="sécret: longer")
    with (
        DagsterInstance.local_temp(str(tmp_path)) as instance,
        served(instance, policy, port) as site,
    ):
        for given in ("", "Basic", "Basic ???", basic("ops", "wrong"), basic("", ""), basic("ops", "sécret: longe")):
            answer = site.ask("GET", "/server_info", Authorization=given)
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert site.ask("GET", "/server_info", Authorization=basic("ops", "sécret: longer")).status == 200
        with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=["graphql-ws"]):  # type: ignore[list-item]
            pass


def test_bound_to_all_addresses_the_address_of_the_connection_is_a_name_and_no_other() -> None:
    policy = policy_for("0.0.0.0", 3000, user="ops", password="secret")
    allowed = [(b"authorization", basic("ops", "secret").encode())]
    for host, passes in (("10.1.2.3:3000", True), ("10.1.2.4:3000", False), ("evil.example:3000", False)):
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [(b"host", host.encode()), *allowed],
            "server": ("10.1.2.3", 3000),
        }
        assert (verdict(scope, policy) is None) is passes, host


_TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40)


@given(
    host=st.one_of(_TOKENS, st.just("127.0.0.1:3000")),
    origin=st.one_of(st.none(), _TOKENS, st.builds("http://{}".format, _TOKENS), st.just("http://127.0.0.1:3000")),
    site=st.one_of(st.none(), _TOKENS, st.sampled_from(["same-origin", "same-site", "cross-site", "none"])),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]),
)
def test_graphql_is_passed_on_only_as_a_post_to_our_name_by_our_page_or_by_a_program(
    host: str, origin: str | None, site: str | None, method: str
) -> None:
    headers = [(b"host", host.encode("latin-1")), (b"content-type", b"application/json")]
    headers += [(b"origin", origin.encode("latin-1"))] if origin is not None else []
    headers += [(b"sec-fetch-site", site.encode("latin-1"))] if site is not None else []
    scope = {"type": "http", "method": method, "path": "/graphql", "headers": headers, "server": ("127.0.0.1", 3000)}
    passed = verdict(scope, policy_for("127.0.0.1", 3000)) is None
    named = host.lower() in ("127.0.0.1:3000", "localhost:3000", "[::1]:3000")
    own = origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")
    assert passed is (named and own and site in (None, "same-origin") and method == "POST")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
