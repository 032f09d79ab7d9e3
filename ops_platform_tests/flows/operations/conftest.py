"""The platform's own records on a real database, a home of the test's own, and channels that remember."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops_platform.adapters.database import Database
from ops_platform.core.alert_messages import Message, subject
from ops_platform.flows.operations.channels import ChannelError
from ops_platform.settings import Settings, load_settings

_TABLES = (
    "ops.alerts, ops.alert_messages, retail.automation_runs, retail.changes, retail.change_batches, "
    "retail.published_files, retail.backup_copies, retail.connectivity_checks"
)


@pytest.fixture(scope="module")
def own_db(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    yield found
    found.close()


@pytest.fixture
def db(own_db: Database) -> Database:
    """The module's database, with no records."""
    own_db.execute(f"TRUNCATE {_TABLES} RESTART IDENTITY CASCADE")
    own_db.execute("DELETE FROM ops.effects")
    return own_db


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def settings_of(root: Path, **values: str) -> Settings:
    """Settings with a home below `root`. values: as in alerts__to."""
    env = {f"OPS_{name.upper()}": value for name, value in values.items()}
    return load_settings(root, {"OPS_HOME": str(root / "home"), **env})


@dataclass
class Remembering:
    """A channel that keeps what it was given. fault: raised instead."""

    name: str = "mail"
    fault: BaseException | None = None
    got: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        if self.fault is not None:
            raise self.fault
        self.got.append(message)

    @property
    def subjects(self) -> list[str]:
        return [subject(message) for message in self.got]

    def refuse(self, reason: str = "nobody listens") -> None:
        self.fault = ChannelError(reason)


def make_unwritable(folder: Path) -> None:
    """A folder that cannot be written to, also by root: a file stands in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.is_dir():
        folder.rename(folder.with_name("moved"))
    folder.write_text("not a folder")
