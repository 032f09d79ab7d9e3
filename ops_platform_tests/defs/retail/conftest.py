"""The store as its definitions see it: a real database, a running sandbox, a few items that are all in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from PIL import Image

from ops_platform.adapters.database import Database
from ops_platform.adapters.sandbox_address import announced
from ops_platform.defs.retail import keys
from ops_platform.defs.run import DailyResult, materialize_retail
from ops_platform.retail.registry import by_name
from ops_platform.sandbox.bigcommerce import BigcommerceSandbox, bigcommerce_service
from ops_platform.sandbox.competitor import CompetitorSandbox, competitor_service
from ops_platform.sandbox.mail_pages import mail_service
from ops_platform.sandbox.server import running_sandbox
from ops_platform.sandbox.smtp import MailSandbox
from ops_platform.sandbox.webdav import DavSandbox, webdav_service
from ops_platform.settings import Settings, settings
from ops_platform_tests.adapters.counterpoint_rows import store
from ops_platform_tests.defs.conftest import platform
from ops_platform_tests.flows.retail.conftest import AS_OF, LAST_YEAR, TABLES
from ops_platform_tests.flows.retail.conftest import Shop as FlowShop

TAGS = {"ops/as_of": AS_OF.isoformat()}


@dataclass
class Shop(FlowShop):
    """A platform with a store; what `use` sets holds for the definitions too."""

    instance: dg.DagsterInstance = field(default_factory=dg.DagsterInstance.ephemeral)
    patch: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)

    def use(self, **values: Any) -> None:
        super().use(**values)
        for name, text in self.env.items():
            self.patch.setenv(name, text)
        settings.cache_clear()

    @property
    def settings(self) -> Settings:
        return settings()

    def materialize(self, *names: str, at: datetime = AS_OF) -> DailyResult:
        return materialize_retail(self.instance, *names, tags={"ops/as_of": at.isoformat()})

    def told(self, name: str) -> dict[str, Any]:
        """The metadata of an automation's newest materialisation; tables as lists of rows."""
        event = self.instance.get_latest_materialization_event(keys.of_automation(by_name(name)))
        assert event is not None
        assert event.asset_materialization is not None
        return plain(event.asset_materialization.metadata)

    def describe(self, item_no: str, text: str = f"<p>{'Likes the sun. ' * 4}</p>") -> None:
        """Give an item its description for the web shop."""
        self.pos.insert("EC_ITEM_DESCR", {"ITEM_NO": item_no, "HTML_DESCR": text})

    def photo(self, name: str, *, pixels: int = 20) -> Path:
        folder = self.settings.retail.photos.folder
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (pixels, pixels)).save(folder / name)
        return folder / name


def plain(metadata: Any) -> dict[str, Any]:
    return {
        name: [dict(record.data) for record in value.records]
        if isinstance(value, dg.TableMetadataValue)
        else value.value
        for name, value in metadata.items()
    }


@pytest.fixture
def shop(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A store with nothing in it."""
    web, dav, home = BigcommerceSandbox(), DavSandbox(tmp_path / "dav"), tmp_path / "home"
    post = MailSandbox(tmp_path / "smtp")
    db = Database(database_url)
    db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
    with (
        platform(home, database_url),
        store(database_url) as pos,
        running_sandbox(
            [bigcommerce_service(web), webdav_service(dav), mail_service(post), competitor_service(CompetitorSandbox())]
        ) as sandbox,
        announced(home, sandbox.url),
        dg.DagsterInstance.ephemeral() as instance,
    ):
        made = Shop(pos, web, dav, sandbox, db, tmp_path, instance=instance, patch=monkeypatch)
        # A browser takes seconds to start, and the login of tests may not make a database to restore into.
        made.use(scraping__engine="http", backups__test_restore_days=0)
        yield made
    db.close()


@pytest.fixture
def sound(shop: Shop) -> Shop:
    """Six items that sell, all in order: priced, described, pictured, branded, in the web shop and in stock."""
    shop.use(brands__company_brand="OWN", photos__settle_seconds=0)
    for place, number in enumerate("ABCDEF"):
        shop.item(number, product=101 + place, available=30)
        shop.pos.line(number, 10, 300 - place, BUS_DAT=LAST_YEAR, STR_ID="1")
        shop.describe(number)
        shop.photo(f"{number}.jpg")
        shop.pos.insert("EC_CATEG_ITEM", {"ITEM_NO": number, "CATEG_ID": "TREES"})
    return shop
