"""Load scrape files, as the order processing guide writes it:

    python scripts/csv_importer_complete.py "C:/data_imports/complete_data.csv"

The same as `ops vehicles import`, and it shows what became of each dealership's rows. Any Python and any folder
will do: the platform's own environment is used. On a system that is not Windows C:/data_imports is the folder of
the setting vehicles.imports_dir. Exit code 0: every file is loaded (or was before); 1: a file failed; 2: wrong use.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main() -> int:
    """Import the files that were named and return the exit code."""
    # Another Python may have pandas and still lack half of what the platform needs, or have other versions of it.
    elsewhere = Path(sys.prefix).resolve() != PYTHON.parent.parent.resolve()
    if (elsewhere and PYTHON.exists()) or importlib.util.find_spec("psycopg") is None:
        return in_the_environment()
    sys.path.insert(0, str(ROOT))
    from ops_platform.cli.errors import run  # noqa: PLC0415 - only now it can be found

    return run(import_files)


def in_the_environment() -> int:
    """Run this script once more with the Python that has the platform's packages."""
    if not PYTHON.exists() or Path(sys.executable) == PYTHON:
        print(f"The platform is not installed: run `make venv` in {ROOT} first", file=sys.stderr)
        return 1
    return subprocess.run([str(PYTHON), str(Path(__file__).resolve()), *sys.argv[1:]], check=False).returncode


def import_files() -> None:
    """Read the arguments and import. Errors are told by the caller."""
    import typer  # noqa: PLC0415

    from ops_platform.cli import vehicles_imports  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        description="Load scrape files into the database.", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="complete_data.csv, or several files")
    parser.add_argument("--scan-date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="day of the scrape")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    given = parser.parse_args()
    try:
        vehicles_imports.import_files(given.files, scan_date=given.scan_date, as_json=given.json, by_dealership=True)
    except typer.Exit as end:  # what ends a command of `ops` with a code of its own
        raise SystemExit(end.exit_code) from None


if __name__ == "__main__":
    raise SystemExit(main())
