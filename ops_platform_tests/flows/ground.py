"""What every store, till and ledger of a test stands on: settings of its own, and what the database holds by now.

What belongs here: what is the same whatever the test is about. What does not: the parts of one subject (its conftest).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from ops_platform.adapters.database import Database
from ops_platform.settings import Settings, load_settings


class Ground:
    """A mix-in: the class that takes it has these three, and names the section that `use` sets."""

    db: Database
    root: Path
    env: dict[str, str]
    section: ClassVar[str] = "retail"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def settings(self) -> Settings:
        return load_settings(self.root, {"OPS_HOME": str(self.home), **self.env})

    def use(self, **values: Any) -> None:
        """Set settings of the section: use(stock_buffer__default=3)."""
        for name, value in values.items():
            text = value if isinstance(value, str) else json.dumps(value)
            self.env[f"OPS_{self.section.upper()}__{name.upper()}"] = text

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """What a query finds, a dictionary a row."""
        return [{str(k): v for k, v in row.items()} for row in self.db.frame(query, **parameters).to_dict("records")]

    def later(self, key: str = "%") -> None:
        """Let time pass for effects: what waits, a lease, a grace is over."""
        self.db.execute(
            "UPDATE effects SET next_try_at = least(next_try_at, clock_timestamp() - interval '1 second'), "
            "lease_until = clock_timestamp() - interval '1 second' WHERE key LIKE :key",
            key=key,
        )
