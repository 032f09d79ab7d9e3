"""Where the restaurant's orders come from, as the settings say: the sandbox, the shop's stream, or PetPooja's API.

Only the choice belongs here; how each is asked is in petpooja_stream.py and petpooja_api.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from ops_platform.adapters.http import PATIENT, Retry
from ops_platform.adapters.petpooja_api import PetpoojaOrders
from ops_platform.adapters.petpooja_stream import OrderStream
from ops_platform.adapters.sandbox_address import SANDBOX_KEY, STREAM_PATH, sandbox_of
from ops_platform.core.order_source import OrderSource, OrderSourceError
from ops_platform.settings import Settings

__all__ = ["order_source"]


def _now() -> datetime:
    return datetime.now(UTC)


def order_source(
    settings: Settings,
    *,
    sandbox_url: str | None = None,
    retry: Retry = PATIENT,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = _now,
) -> OrderSource:
    """Return the source that `restaurant.orders_from` names; its `name` is that word.

    sandbox_url: a sandbox to read from; else the one that runs in this home. Nothing is asked yet.
    Raises OrderSourceError when no sandbox runs.
    """
    shop = settings.restaurant
    if shop.orders_from == "petpooja":
        zone = ZoneInfo(shop.timezone)
        return PetpoojaOrders(shop.petpooja, zone, shop.timeout_seconds, retry, sleep=sleep, clock=clock)
    stream = OrderStream(
        name=shop.orders_from,
        url=shop.stream.url,
        api_key=shop.stream.api_key or SecretStr(""),
        limit=shop.page_limit,
        pause_seconds=shop.seconds_between_pages,
        timeout_seconds=shop.timeout_seconds,
        retry=retry,
        sleep=sleep,
        clock=clock,
    )
    if shop.orders_from == "stream":
        return stream
    return replace(
        stream,
        url=f"{_sandbox(settings, sandbox_url)}/{STREAM_PATH}",
        api_key=SecretStr(SANDBOX_KEY),
        pause_seconds=0.0,  # nobody's server has to be spared
        url_setting="the sandbox of this home (sandbox.json)",
        key_setting="the sandbox's key",
        help="end the sandbox and start it again (`ops demo` or `ops sandbox`)",
    )


def _sandbox(settings: Settings, url: str | None) -> str:
    if url is None:
        running = sandbox_of(settings.home)
        if running is None:
            raise OrderSourceError(
                "restaurant.orders_from is sandbox, and no sandbox is running: `ops demo` or `ops sandbox` starts it. "
                "Your own orders come in when orders_from is stream or petpooja (ops.yaml)"
            )
        url = running.url
    return url.rstrip("/")
