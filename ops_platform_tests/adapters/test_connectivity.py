"""Asking hosts over real sockets of this machine: one that answers, one that refuses, one that is silent."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ops_platform.adapters.connectivity import ask_hosts
from ops_platform_tests.cli.running import free_port


@contextmanager
def listening(backlog: int = 5) -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(backlog)
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    """A host that takes no connection: its waiting line is full."""
    with listening(0) as host:
        address = host.rpartition(":")[0], int(host.rpartition(":")[2])
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        time.sleep(0.05)
        try:
            yield host
        finally:
            for each in waiting:
                each.close()


def test_a_host_that_takes_a_connection_is_reached() -> None:
    with listening() as host:
        answer = ask_hosts([f"https://{host}/"], timeout_seconds=2)[0]
    assert (answer.host, answer.is_reached, answer.detail) == (f"https://{host}/", True, "")
    assert answer.milliseconds is not None
    assert answer.milliseconds < 2000


def test_a_host_that_refuses_is_not_and_says_why() -> None:
    answer = ask_hosts([f"127.0.0.1:{free_port()}"], timeout_seconds=2)[0]
    assert (answer.is_reached, answer.milliseconds) == (False, None)
    assert "refused" in answer.detail.lower()


def test_a_name_that_nobody_knows_is_not_reached() -> None:
    answer = ask_hosts(["no-such-host.invalid"], timeout_seconds=2)[0]
    assert not answer.is_reached
    assert answer.detail


def test_silent_hosts_are_asked_at_once_and_never_take_longer_than_the_timeout() -> None:
    with silent() as host, listening() as other:
        began = time.monotonic()
        answers = ask_hosts([host] * 7 + [other, host], timeout_seconds=0.9)
        seconds = time.monotonic() - began
    assert [answer.is_reached for answer in answers] == [False] * 7 + [True, False]
    assert answers[0].detail == "no answer within 0.9 s"
    assert seconds < 3.0, "one after another they take seven"


def test_hosts_without_a_port_are_asked_at_that_of_the_settings() -> None:
    with listening() as host:
        assert ask_hosts(["127.0.0.1"], port=int(host.rpartition(":")[2]), timeout_seconds=2)[0].is_reached


def test_a_page_that_catches_everything_is_no_connection_when_https_is_asked_for() -> None:
    with listening() as host:  # takes the connection, as a hotel's router does, and cannot prove who it is
        assert ask_hosts([host], timeout_seconds=5)[0].is_reached
        assert not ask_hosts([host], timeout_seconds=0.3, https=True)[0].is_reached


def test_what_is_no_host_is_refused() -> None:
    with pytest.raises(ValueError, match="is no host"):
        ask_hosts(["a b"])
