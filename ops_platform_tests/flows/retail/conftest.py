"""A small store for tests of the shell: Counterpoint's tables, a web shop and a file server in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ops_platform.adapters.database import Database
from ops_platform.flows.retail.runner import Outcome, Run, run_automations
from ops_platform.flows.retail.systems import open_systems
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service
from ops_platform.sandbox.server import Sandbox, running_sandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform_tests.adapters.counterpoint_rows import Store, store
from ops_platform_tests.flows.ground import Ground
from ops_platform_tests.flows.retail.garden import Garden, running_garden
from ops_platform_tests.flows.retail.report_office import Office, running_office

AS_OF = datetime(2026, 5, 14, 4, 0, tzinfo=ZoneInfo("America/New_York"))
LAST_YEAR = datetime(2025, 5, 20)  # noqa: DTZ001  # within the 45 days a year ago, as Counterpoint writes it
TABLES = "retail.change_batches, retail.changes, retail.published_files, retail.photo_files, retail.automation_runs"


@dataclass
class Shop(Ground):
    """Everything a test of the shell needs. `settings` come from the environment given to `use`."""

    pos: Store
    web: BigcommerceSandbox
    dav: DavSandbox
    sandbox: Sandbox
    db: Database
    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def systems(self) -> Any:
        return open_systems(self.settings, self.pos.url, sandbox_url=self.sandbox.url)

    def run(self, *names: str, apply: bool | None = True, as_of: datetime = AS_OF) -> dict[str, Outcome]:
        """Run automations in a new session, as another process would."""
        with self.systems() as systems:
            done = run_automations(self.db, systems, map(by_name, names), Run(as_of, run_id="test", apply=apply))
        return {outcome.automation.name: outcome for outcome in done}

    def item(self, number: str, *, product: int | None = None, available: float | None = 10, **values: Any) -> None:
        """An active web item, with stock, and its product in the web shop."""
        usual = {"DESCR": f"Plant {number}", "LONG_DESCR": f"Plant {number}", "PRC_1": 20, "REG_PRC": 15}
        self.pos.item(number, **{**usual, "CATEG_COD": "TREES", "IS_ECOMM_ITEM": "Y", **values})
        if available is not None:
            self.pos.insert("IM_INV", {"ITEM_NO": number, "LOC_ID": "1", "QTY_ON_HND": available})
        if product is not None:
            self.pos.insert("CPI_BC_PRODUCTS", {"ITEM_NO": number, "PRODUCT_ID": product})
            self.web.add_products({"id": product, "name": f"Plant {number}", "sku": number, "price": 20})

    def product(self, number: int) -> dict[str, Any]:
        """A product as the web shop has it now."""
        return dict(self.web.tables["products"][number])

    def calls(self) -> list[str]:
        """Requests the web shop got."""
        return [f"{entry.method} {entry.path}" for entry in self.sandbox.log.entries("bigcommerce")]

    def published(self, name: str) -> bytes | None:
        """A file as the web shop's visitors get it."""
        file = self.dav.folder / "content" / name
        return file.read_bytes() if file.exists() else None


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    web, dav = BigcommerceSandbox(), DavSandbox(tmp_path / "dav")
    db = Database(database_url)
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    services = [bigcommerce_service(web), webdav_service(dav), competitor_service(CompetitorSandbox())]
    with store(database_url) as pos, running_sandbox(services) as sandbox:
        made = Shop(pos, web, dav, sandbox, db, tmp_path)
        made.use(scraping__engine="http")  # a browser takes seconds to start
        yield made
    db.close()


@pytest.fixture
def selling(shop: Shop) -> Shop:
    """A store with five products, of which three sold last year."""
    for place, number in enumerate("ABCDE"):
        shop.item(number, product=101 + place)
    for number, revenue in (("A", 300), ("B", 200), ("C", 100)):
        shop.pos.line(number, 10, revenue, BUS_DAT=LAST_YEAR + timedelta(days=3), STR_ID="1")
    return shop


@pytest.fixture(scope="module")
def module_garden(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garden]:
    """A garden for the module; its tests ask for `garden`."""
    with running_garden(database_url, tmp_path_factory.mktemp("garden")) as found:
        yield found


@pytest.fixture
def garden(module_garden: Garden) -> Garden:
    """A store whose customers wait, with nothing of the test before."""
    return module_garden.fresh()


@pytest.fixture(scope="module")
def office(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The demo store with every report made once."""
    with running_office(database_url, tmp_path_factory.mktemp("office")) as found:
        yield found
