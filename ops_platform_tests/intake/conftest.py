"""The forms, served by a real server, with their tables in a real database."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from ops_platform.adapters.database import Database
from ops_platform.intake.server import running
from ops_platform.settings import Settings, load_settings

ZONE = ZoneInfo("America/New_York")
TABLES = "retail.leads, retail.stock_requests, retail.newsletter"
JANE = {"first_name": "Jane", "last_name": "O'Hare", "email": "jane@customers.com", "phone": "(828) 555-0142"}


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 13, 8, 22, 5, 123456, tzinfo=ZONE)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Served:
    """The running forms. Its own name is in `site`, a name of another page in `ancestor`."""

    address: str
    db: Database
    settings: Settings
    clock: Clock
    http: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(self.address + path, headers=headers)

    def token(self, form: str) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get(f"/{form}").text)
        assert found
        return found[1]

    def send(self, form: str, _headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """Send a form as a browser does, with a token of its own unless one is given."""
        sent = {"token": self.token(form), **fields} if "token" not in fields else fields
        headers = {"origin": self.address, "sec-fetch-site": "same-origin", **(_headers or {})}
        return self.http.post(f"{self.address}/{form}", data=sent, headers=headers)

    def rows(self, table: str) -> list[dict[str, Any]]:
        found = self.db.frame(f"SELECT * FROM retail.{table}").to_dict("records")
        return [{str(name): value for name, value in row.items()} for row in found]

    def file(self, path: Path) -> list[list[str]]:
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as text:
            return list(csv.reader(text))


@pytest.fixture(scope="module")
def module_served(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("intake")
    env = {
        "OPS_HOME": str(root / "home"),
        "OPS_MAIL__STORE": "Willet & Moss",
        "OPS_MAIL__WEBSITE": "https://store.example",
        "OPS_INTAKE__ALLOWED_HOSTS": '["forms.store.example", "*.preview.example"]',
        "OPS_INTAKE__FRAME_ANCESTORS": '["https://store.example"]',
        "OPS_INTAKE__PER_MINUTE": "1000",
        "OPS_INTAKE__PER_DAY": "100000",
    }
    settings, db, clock = load_settings(root, env), Database(database_url), Clock()
    with running(db, settings, now=clock) as address, httpx.Client(trust_env=False) as http:
        yield Served(address, db, settings, clock, http)
    db.close()


@pytest.fixture
def served(module_served: Served) -> Served:
    module_served.db.execute(f"TRUNCATE {TABLES} RESTART IDENTITY")
    files = module_served.settings.retail.leads
    for path in (files.design_requests, files.stock_requests, files.newsletter):
        path.unlink(missing_ok=True)
    module_served.clock.at = Clock().at
    return module_served
