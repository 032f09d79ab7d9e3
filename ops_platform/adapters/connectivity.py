"""Whether hosts of the internet answer: a TCP connection each, all at once, within a short time.

No ping: raw ICMP needs rights and is often blocked. What follows from the answers is not decided here.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from ops_platform.settings_retail_outside import host_and_port


@dataclass(frozen=True)
class HostAnswer:
    """What became of one host. milliseconds: until it answered. detail: why it did not."""

    host: str
    is_reached: bool
    milliseconds: int | None
    detail: str = ""


def ask_hosts(
    hosts: Sequence[str], *, port: int = 443, timeout_seconds: float = 3.0, https: bool = False
) -> list[HostAnswer]:
    """Ask hosts (`https://www.google.com/`, `1.1.1.1`, `dns.example:853`) at once; answers in their order.

    https: a host counts only if it answers a HEAD with a certificate that is its own. The page at which a hotel or a
    phone company catches everything takes any connection; it cannot show that certificate.
    Errors: ValueError for what is no host.
    """
    asked = [host_and_port(host, port) for host in hosts]
    answers: queue.Queue[tuple[int, HostAnswer]] = queue.Queue()

    def ask(place: int) -> None:
        answers.put((place, _asked(hosts[place], *asked[place], timeout_seconds, https)))

    # Threads that nobody waits for: without a connection a name server may be silent for half a minute.
    for place in range(len(asked)):
        threading.Thread(target=ask, args=(place,), daemon=True).start()
    silent = f"no answer within {timeout_seconds:g} s"
    found = {place: HostAnswer(host, False, None, silent) for place, host in enumerate(hosts)}
    deadline = time.monotonic() + timeout_seconds + 0.5
    for _ in asked:
        try:
            place, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[place] = answer
    return [found[place] for place in range(len(asked))]


def _asked(shown: str, host: str, port: int, timeout: float, https: bool) -> HostAnswer:
    began = time.monotonic()
    try:
        if https:
            # Any answer will do: a 404 comes from the host as well.
            httpx.head(f"https://{_bracketed(host)}:{port}/", timeout=timeout, follow_redirects=False, trust_env=False)
        else:
            socket.create_connection((host, port), timeout).close()
    except TimeoutError:
        return HostAnswer(shown, False, None, f"no answer within {timeout:g} s")
    except (OSError, httpx.HTTPError, UnicodeError) as error:
        return HostAnswer(shown, False, None, _reason(error, timeout))
    return HostAnswer(shown, True, round(1000 * (time.monotonic() - began)))


def _reason(error: Exception, timeout: float) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {timeout:g} s"
    words = (getattr(error, "strerror", None) or str(error)).strip()
    return words[:200] or type(error).__name__


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
