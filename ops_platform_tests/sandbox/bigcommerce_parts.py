"""A small store for tests that talk to BigCommerce's stand-in: its state, its clock, the adapter, and change sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pandas as pd
from pydantic import SecretStr

from ops_platform.adapters.bigcommerce import BigCommerce
from ops_platform.adapters.http import Retry
from ops_platform.adapters.sandbox_address import BIGCOMMERCE_STORE, SANDBOX_KEY
from ops_platform.core.changes import change_set
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.settings_retail import BigcommerceSettings
from ops_platform_tests.sandbox.parts import Clock

SERVICE = "bigcommerce"
BATCH = "/stores/sandbox/v3/catalog/products"
BREAKS: list[dict[str, Any]] = [
    {"kind": "refuse"},
    {"kind": "timeout_before"},
    {"kind": "timeout_after"},
    {"kind": "reset"},
    {"kind": "short_body"},
    {"kind": "html"},
    {"kind": "html", "accepted": True},
    {"kind": "malformed_json"},
]
"""Ways in which an answer is lost or spoilt."""


def product(number: int, **values: Any) -> dict[str, Any]:
    """A product as the API writes it."""
    return {"id": number, "name": f"Plant {number}", "sku": f"P{number}", "price": 5, **values}


def coupon(number: int, **values: Any) -> dict[str, Any]:
    """A coupon as the API writes it."""
    return {"id": number, "code": f"CODE{number}", "name": f"Coupon {number}", "amount": "10.0000", **values}


class Store:
    """The stand-in of one test, and how to ask it. `waits`: what the adapter slept; the store's clock goes with it."""

    def __init__(self, state: BigcommerceSandbox, clock: Clock, sandbox: Sandbox) -> None:
        self.state, self.clock, self.sandbox = state, clock, sandbox
        self.waits: list[float] = []
        self._seen = 0
        self.http = httpx.Client(trust_env=False)

    def begin(self, products: int) -> Store:
        """Forget what was before: one server serves a module's tests."""
        self.sandbox.faults.switch_off()
        for table in self.state.tables.values():
            table.clear()
        self.state.refused.clear()
        self.state.add_products(*(product(101 + place) for place in range(products)))
        self.waits.clear()
        self._seen = max((each.number for each in self.sandbox.log.entries()), default=0)
        return self

    @property
    def url(self) -> str:
        return f"{self.sandbox.url}/{SERVICE}"

    def adapter(self, token: str = SANDBOX_KEY, **options: Any) -> BigCommerce:
        return BigCommerce(
            BigcommerceSettings(),
            url=self.url,
            token=SecretStr(token),
            store_hash=BIGCOMMERCE_STORE,
            **{
                "timeout_seconds": 5.0,
                "retry": Retry(attempts=3, first_wait=1.0, longest_wait=60.0),
                "sleep": self._slept,
                "clock": self._seconds,
                **options,
            },
        )

    def _slept(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.at += timedelta(seconds=seconds)

    def _seconds(self) -> float:
        return self.clock.at.timestamp()

    def ask(self, method: str, path: str, token: str = SANDBOX_KEY, **options: Any) -> httpx.Response:
        url = f"{self.url}/stores/{BIGCOMMERCE_STORE}/{path}"
        return self.http.request(method, url, headers={"X-Auth-Token": token}, **options)

    def fault(self, kind: str, **options: Any) -> None:
        self.sandbox.faults.add(SERVICE, kind, **options)

    def asked(self, method: str | None = None) -> list[str]:
        """The paths asked for so far, below the store."""
        entries = self.sandbox.log.entries(after=self._seen)
        return [each.path.partition("/stores/sandbox/")[2] for each in entries if method in {None, each.method}]

    def values(self, field: str) -> dict[int, Any]:
        return {each["id"]: each[field] for each in self.state.records("products")}


@contextmanager
def store(products: int = 0, **options: Any) -> Iterator[Store]:
    """A served store with so many products, numbers from 101."""
    clock = Clock()
    state = BigcommerceSandbox(clock=clock, **options)
    with running_sandbox([bigcommerce_service(state)]) as sandbox:
        served = Store(state, clock, sandbox)
        with served.http:
            yield served.begin(products)


def changes(values: dict[int, Any], field: str = "total_sold", old: Any = 0) -> pd.DataFrame:
    """A change set of one field: product -> new value."""
    return change_set(_rows(values, field, lambda _: old))


def _rows(values: dict[int, Any], field: str, old: Callable[[int], Any]) -> Iterator[dict[str, Any]]:
    for number, new in values.items():
        yield {
            "target": "bigcommerce",
            "key": str(number),
            "field": field,
            "old": old(number),
            "new": new,
            "reason": "test",
            "label": f"Plant {number}",
        }


def told(results: pd.DataFrame) -> dict[str, str]:
    """Key -> status of a result frame."""
    return dict(zip(results["key"], results["status"], strict=True))
