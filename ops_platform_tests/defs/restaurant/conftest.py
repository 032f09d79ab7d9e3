"""The restaurant as its definitions see it: a real database, a running sandbox, a few orders that are all in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from ops_platform.adapters.migrations import set_search_path
from ops_platform.adapters.postgres.server import EmbeddedPostgres
from ops_platform.adapters.sandbox_address import announced
from ops_platform.defs.restaurant import keys
from ops_platform.defs.run import materialize_restaurant
from ops_platform.flows.restaurant.menu import import_menu
from ops_platform.sandbox.petpooja import PetpoojaSandbox
from ops_platform.sandbox.petpooja_stream import stream_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform.settings import settings
from ops_platform_tests.defs.conftest import Bench, platform
from ops_platform_tests.restaurant.order_events import addon, item, order_event

FIRST, SECOND, TODAY = date(2026, 1, 7), date(2026, 1, 8), date(2026, 1, 9)
AS_OF = "2026-01-10T02:00:00+05:30"  # after midnight: still the business day of the 9th
TAGS = {"ops/as_of": AS_OF}
VANILLA, CONE, CUP = "Vanilla Ice Cream", "Waffle Cone", "Cup"
MENU = [
    (VANILLA, "Ice Cream", "REGULAR_SCOOP_120GMS", 100, 11, None),
    (VANILLA, "Ice Cream", "MINI_TUB_200ML", 200, 12, None),
    ("Walnut Brownie", "Dessert", "1_PIECE", 120, 16, None),
    (CONE, "Extra", "1_PIECE", 30, 13, "a13"),
    (CUP, "Extra", "1_PIECE", 0, None, "a15"),
]
ORDERS_A_DAY = 4
_copies = count(1)


@dataclass
class Shop(Bench):
    """A platform with a sandbox that shows `state`."""

    state: PetpoojaSandbox

    def fetch(self, *, everything: bool = False, **tags: str) -> Any:
        """Fetch what is new, as the schedule does, or with everything described."""
        return materialize_restaurant(self.instance, tags={**TAGS, **tags}, everything=everything)

    def again(self, *days: date, job: str = "restaurant_daily", **more: Any) -> dg.ExecuteInProcessResult:
        """Do business days again, as a person does with the partitions of what is loaded."""
        first, last = str(days[0]), str(days[-1])
        one = {"dagster/partition": first}
        several = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        tags = TAGS | (one if len(days) == 1 else several)
        return self.run(job, asset_selection=keys.LOADED, tags=tags, **more)


def bill(number: int, day: date, *items: dict[str, Any], clock: str = "20:00:00", **more: Any) -> dict[str, Any]:
    """An order of a day that adds up; its number is its place in the stream too."""
    envelope = {"occurred_at": f"{day}T14:35:00+00:00"}
    return order_event(
        order_id=number, stream_id=number, items=items, created_on=f"{day} {clock}", envelope=envelope, **more
    )


def vanilla(quantity: int = 1, *addons: dict[str, Any]) -> dict[str, Any]:
    return item("Vanilla Ice Cream (Regular Scoop)", 100.0, quantity=quantity, itemid=11, addons=list(addons))


def cup() -> dict[str, Any]:
    return addon("Cup", 0, addonid="a15")


def cone() -> dict[str, Any]:
    return addon("Waffle Cone", 0, addonid="a13")


def orders_of(day: date, first_number: int) -> list[dict[str, Any]]:
    """Some ordinary orders of a day, through three channels."""
    tub = item("Vanilla Ice Cream (Mini Tub (200ml))", 200.0, itemid=12)
    brownie = item("Walnut Brownie", 120.0, itemid=16)
    pos = {"order_from": "POS", "order_type": "Dine In"}
    return [
        bill(first_number, day, vanilla(2, cup()), discount=20, packaging=15),
        bill(first_number + 1, day, vanilla(1, cone()), brownie, order=pos),
        bill(first_number + 2, day, tub, order={"order_from": "Swiggy"}),
        bill(first_number + 3, day, item("Waffle Cone", 30.0, itemid=13), order=pos, clock="23:59:59"),
    ]


def two_days() -> PetpoojaSandbox:
    return PetpoojaSandbox([*orders_of(FIRST, 1), *orders_of(SECOND, 5)])


@contextmanager
def served(shop: Shop) -> Iterator[None]:
    """Let the definitions find the shop's sandbox."""
    with running_sandbox([stream_service(shop.state)]) as sandbox, announced(shop.settings.home, sandbox.url):
        yield


@pytest.fixture(scope="module")
def shop(bench: Bench) -> Iterator[Shop]:
    """A platform with a menu, and a sandbox with two days of orders nobody has fetched yet."""
    made = Shop(bench.settings, bench.instance, two_days())
    columns = ["name", "type", "variant", "price", "petpooja_itemid", "petpooja_addonid"]
    with made.database() as db:
        import_menu(db, pd.DataFrame(MENU, columns=columns), source="a test")
    with pytest.MonkeyPatch.context() as patch, served(made):
        patch.setenv("OPS_RESTAURANT__STALE_AFTER_HOURS", "48")  # nobody has fetched today's yet
        settings.cache_clear()
        yield made
    settings.cache_clear()


@pytest.fixture(scope="module")
def sound_shop(shop: Shop) -> Shop:
    """Two days fetched and matched, with nothing to complain about."""
    result = shop.fetch(everything=True)
    assert result.success, result
    assert result.failed_checks == []
    assert result.warned_checks == []
    return shop


@pytest.fixture
def copied_shop(sound_shop: Shop, pg_server: EmbeddedPostgres, database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The same platform to break: on a copy of its database, with a home and a sandbox of its own."""
    template = database_url.rpartition("/")[2]
    name = f"{template}_shop_{next(_copies)}"
    url = pg_server.create_database(name, template=template)
    set_search_path(url)
    with platform(tmp_path, url) as found:
        copied = Shop(found, sound_shop.instance, two_days())
        with served(copied):
            yield copied
    pg_server.drop_database(name)


LOADED = {key.to_user_string() for key in keys.LOADED}
