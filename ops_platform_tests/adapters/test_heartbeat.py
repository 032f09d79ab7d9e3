"""A sign of life to a real HTTP server."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from ops_platform.adapters.heartbeat import HeartbeatError, beat
from ops_platform.settings import SettingsError, load_settings


def test_the_url_is_asked_as_it_stands(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/push/canary-key", query_string="status=up").respond_with_data("ok")
    beat(httpserver.url_for("/push/canary-key?status=up"))
    [(request, _)] = httpserver.log
    assert request.method == "GET"


@pytest.mark.parametrize("status", [404, 500])
def test_a_refusal_is_told_without_the_url(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/push/canary-key").respond_with_data("canary", status=status)
    with pytest.raises(HeartbeatError, match=f"answered {status}") as caught:
        beat(httpserver.url_for("/push/canary-key"))
    assert "canary" not in str(caught.value)


def test_nobody_at_the_address_is_told_without_the_url() -> None:
    with pytest.raises(HeartbeatError, match="ConnectError") as caught:
        beat("http://127.0.0.1:1/canary-key")
    assert "canary" not in str(caught.value)


def test_what_is_no_url_is_refused_at_the_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(SettingsError, match=r"heartbeat_url|HEARTBEAT_URL") as caught:
        load_settings(tmp_path_factory.mktemp("root"), {"OPS_ALERTS__HEARTBEAT_URL": "canary-key"})
    assert "canary" not in str(caught.value)
