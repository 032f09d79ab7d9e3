"""Where the vehicles business reads and writes on this machine. Paths only: no file is opened here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ops_platform.core.logical_paths import PathMap, join_logical
from ops_platform.settings import EXPORTS_ROOT, Settings


@dataclass(frozen=True)
class VehicleFolders:
    """imports: where scrapes arrive. paths: logical folders (as people write them) to folders of this machine."""

    imports: Path
    paths: PathMap

    @classmethod
    def of(cls, settings: Settings) -> VehicleFolders:
        """Take the folders from the settings, which always know the two roots of the agency's guide."""
        vehicles = settings.vehicles
        return cls(vehicles.imports_dir, PathMap(vehicles.path_map, setting="vehicles.path_map"))

    def export_file(self, name: str) -> Path:
        """The physical place of an export."""
        return self.paths.to_physical(join_logical(EXPORTS_ROOT, name))

    def qr_file(self, logical: str) -> Path:
        """The physical place of a QR file, given the path that stands in exports."""
        return self.paths.to_physical(logical)
