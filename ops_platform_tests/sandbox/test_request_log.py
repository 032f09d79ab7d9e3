"""What a checker reads after a run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from ops_platform.sandbox import request_log
from ops_platform.sandbox.request_log import FILE, RequestLog, blotted
from ops_platform.sandbox.server import running_sandbox
from ops_platform_tests.sandbox.parts import Echo


def test_every_request_is_a_line_of_the_file_at_once_and_a_second_start_adds_to_it(tmp_path: Path) -> None:
    for _ in range(2):
        with running_sandbox([Echo().service()], folder=tmp_path) as sandbox:
            httpx.get(f"{sandbox.url}/echo/things?limit=5&cursor=7", trust_env=False)
            lines = (tmp_path / FILE).read_text(encoding="utf-8").splitlines()
            assert json.loads(lines[-1]) == asdict(sandbox.log.entries()[-1])
    assert [json.loads(line)["query"] for line in lines] == ["limit=5&cursor=7"] * 2


def test_the_index_page_and_the_control_interface_are_not_in_the_log() -> None:
    with running_sandbox([Echo().service()]) as sandbox:
        for path in ("", "/_sandbox/state", "/_sandbox/log"):
            assert httpx.get(sandbox.url + path, trust_env=False).status_code == 200
        assert sandbox.log.entries() == []


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("limit=500&cursor=12", "limit=500&cursor=12"),
        ("access_token=abc&x=1", "access_token=***&x=1"),
        ("X-API-Key=abc", "X-API-Key=***"),
        ("email:in=a@b.example,c@d.example", "email:in=***"),
        ("phone=555&Signature=q", "phone=***&Signature=***"),
        ("", ""),
    ],
)
def test_keys_and_people_are_blotted_out_of_a_query(query: str, kept: str) -> None:
    assert blotted(query) == kept


def test_memory_keeps_the_newest_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "KEPT", 3)
    log = RequestLog()
    for number in range(5):
        log.add(at="2026-01-03T00:00:00+00:00", service="a", method="GET", path=f"/{number}", reached=True, status=200)
    log.add(at="", service="b", method="GET", path="/", reached=False, status=None, fault="refuse")
    assert [entry.path for entry in log.entries()] == ["/3", "/4", "/"]
    assert [entry.number for entry in log.entries("a", after=4)] == [5]
    assert log.counts("a") == {"requests": 5, "faults": 0}
    assert log.counts("b") == {"requests": 1, "faults": 1}
