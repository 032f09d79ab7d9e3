"""Where Dagster keeps files: the output of steps and what assets leave on disk, under `.ops/dagster`.

By default both lie in DAGSTER_HOME, and plain `dagster dev` without one uses a temporary folder that it
removes at its end, while the runs stay in PostgreSQL: their output would be gone. These classes make the
folder the same for every command. Nothing is created before it is needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._serdes import ConfigurableClassData

from ops_platform.settings import load_settings


def dagster_folder() -> Path:
    """DAGSTER_HOME, where `ops` set it; else the same folder by the settings."""
    home = os.environ.get("DAGSTER_HOME")
    return Path(home).expanduser() if home else load_settings().home / "dagster"


class OpsArtifactStorage(LocalArtifactStorage):
    """Files of assets and of state-backed definitions."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """No configuration: the folder follows the settings."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OpsArtifactStorage:
        """Called by Dagster for `local_artifact_storage:`."""
        return cls(base_dir=str(dagster_folder()), inst_data=inst_data)


class OpsComputeLogManager(LocalComputeLogManager):
    """What the steps print."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """No configuration: the folder follows the settings."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OpsComputeLogManager:
        """Called by Dagster for `compute_logs:`."""
        return cls(base_dir=str(dagster_folder() / "storage"), inst_data=inst_data)
