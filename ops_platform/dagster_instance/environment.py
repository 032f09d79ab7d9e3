"""DAGSTER_HOME and the variables every Dagster process of the platform starts with.

DAGSTER_HOME is `<home>/dagster` (.ops/dagster), not the checkout: Dagster writes logs and caches into it. At
each start it gets a copy of the checkout's dagster.yaml with the limits of the settings filled in, so the
file in the checkout stays the one to edit. With DAGSTER_HOME unset, `dagster dev` in the checkout reads the
file there, and the classes it names (storage.py, files.py) find the same database and folder by the settings.

Imports neither dagster nor psycopg: the supervisor of `ops up` uses it and stays small.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import yaml

from ops_platform.adapters.postgres.urls import Urls
from ops_platform.paths import project_root
from ops_platform.settings import Settings

DAGSTER_URL_VARIABLE: Final = "OPS_DAGSTER_DATABASE_URL"
_HEADER = "# Written by `ops` at each start from {root}/dagster.yaml and your settings: edit those instead.\n"


def dagster_environment(settings: Settings, urls: Urls) -> dict[str, str]:
    """Make DAGSTER_HOME ready and return the variables to add to a process's environment.

    For services: `{**os.environ, **dagster_environment(...)}`; for a materialisation inside this process:
    `os.environ.update(...)` before `DagsterInstance.get()`. The URLs hold passwords: never on a command line.
    """
    return {
        "DAGSTER_HOME": str(prepare_dagster_home(settings)),
        # Besides `telemetry: enabled: false`: else every daemon thread starts an uploader with its folders.
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "OPS_HOME": str(settings.home),
        "OPS_DATABASE_URL": urls.ops,
        DAGSTER_URL_VARIABLE: urls.dagster,
        "OPS_COUNTERPOINT_DATABASE_URL": urls.counterpoint,
        # Definitions read no file, so the schedules' hours come to them this way, also when they stand in ops.yaml.
        "OPS_VEHICLES__DAILY_AT": f"{settings.vehicles.daily_at:%H:%M}",
        "OPS_VEHICLES__TIMEZONE": settings.vehicles.timezone,
        "OPS_RESTAURANT__TIMEZONE": settings.restaurant.timezone,
        "OPS_RESTAURANT__DAY_STARTS_AT": f"{settings.restaurant.day_starts_at:%H:%M}",
        "OPS_RESTAURANT__POLL_MINUTES": str(settings.restaurant.poll_minutes),
        "OPS_RESTAURANT__FIRST_DAY": settings.restaurant.first_day.isoformat(),
        "OPS_RETAIL__TIMEZONE": settings.retail.timezone,
        # No setting: the campaigns whole would keep one going that is switched off in ops.yaml meanwhile.
        "OPS_TEXT_TIMES": json.dumps({name: f"{at:%H:%M}" for name, at in settings.retail.texts.own_times().items()}),
    }


def prepare_dagster_home(settings: Settings, root: Path | None = None) -> Path:
    """Make `<home>/dagster` with its dagster.yaml and return it. The file appears whole, or stays as it was.

    root: the checkout whose dagster.yaml is taken (default: this one). Errors: OSError, FileNotFoundError.
    """
    root = project_root() if root is None else root
    config = yaml.safe_load((root / "dagster.yaml").read_text(encoding="utf-8"))
    text = _HEADER.format(root=root) + yaml.safe_dump(_with_limits(config, settings), sort_keys=False)
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        half = file.with_name(f".dagster.yaml.{os.getpid()}.tmp")
        half.write_text(text, encoding="utf-8")
        half.replace(file)
    return home


def _with_limits(config: dict[str, Any], settings: Settings) -> dict[str, Any]:
    config["concurrency"]["runs"]["max_concurrent_runs"] = settings.runs.max_concurrent
    config["run_monitoring"]["max_runtime_seconds"] = settings.runs.max_runtime_seconds
    return config
