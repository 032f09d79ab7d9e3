"""Loading scrape files: against a bare COPY, with ten times the rows, in memory, and a second time.

The reference is one binary COPY of the same parsed rows, ready as tuples, into the same indexed raw table, committed:
what PostgreSQL and the driver take for the audit trail alone. The import reads and checks the file, writes that trail,
the inventory, the QR tracking and the history, in one transaction. Both are measured in turns in one warm process, with
empty tables and fsync on.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median

from ops_platform.adapters.database import Database, copy_rows, python_values
from ops_platform.flows.vehicles import tables
from ops_platform.flows.vehicles.dealerships import load_directory
from ops_platform.flows.vehicles.importing import ImportReport, import_file
from ops_platform.vehicles.layouts import read_scrape
from ops_platform.vehicles.normalize import normalize
from ops_platform_tests.bench.table import Row, alone
from ops_platform_tests.bench.workplace import (
    EMPTY,
    FIRST_DAY,
    TODAY,
    largest_file,
    scrapes,
    ten_times,
    timed,
    versions,
    workplace,
    write,
)

_WRITTEN = ("raw_vehicle_data", "normalized_vehicle_data", "vin_history", "qr_file_tracking", "vehicle_imports")

# In a child of its own: ru_maxrss is the highest a process ever had, and this one has had many things.
_CHILD = """
import sys
from datetime import date
from pathlib import Path
from ops_platform.adapters.database import Database
from ops_platform.flows.vehicles.importing import import_file
report = import_file(Database(sys.argv[1]), Path(sys.argv[2]), as_of=date(2025, 12, 31), drop_ratio=0.5)
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
except ImportError:
    import psutil
    peak = psutil.Process().memory_info().peak_wset
print(report.rows_total, peak)
"""


def run(short: bool = False) -> list[Row]:
    """Measure all four; about two minutes, half of that when short."""
    with workplace() as (db, home):
        file = largest_file(home)
        _import(db, file)  # warm-up: modules, caches, the server's catalogue
        rows = [_against_copy(db, file, rounds=3 if short else 9), _second_time(db, file)]
        small, large = (_demo_file(home, cars) for cars in (10_000, 100_000))
        few, many = (partial(_rows, db, file) for file in (small, large))
        rows.append(ten_times("import", "rows", few, many, rounds=1 if short else 3))
        rows.append(_memory(db, large))
    return rows


def _demo_file(home: Path, cars: int) -> Path:
    folder = home / f"{cars}_cars"
    folder.mkdir()
    return write(folder, scrapes(1, cars)[0])


def _import(db: Database, file: Path) -> tuple[float, ImportReport]:
    db.execute(EMPTY)
    return timed(lambda: import_file(db, file, as_of=TODAY, drop_ratio=0.5))


def _against_copy(db: Database, file: Path, rounds: int) -> Row:
    imports, copies, report = [], [], None
    for _ in range(rounds):
        copies.append(_bare_copy(db, file))
        seconds, report = _import(db, file)
        imports.append(seconds)
    assert report is not None
    seconds, reference = median(imports), median(copies)
    return Row(
        name=f"import of {report.rows_total:,} rows of {file.name} to normalized and history",
        measured=seconds,
        unit="s",
        reference="bare binary COPY of the same rows",
        reference_measured=reference,
        ratio=seconds / reference,
        reach="<= 10x and < 3 s",
        ok=report.conserved and seconds <= 10 * reference and seconds < 3,
    )


def _bare_copy(db: Database, file: Path) -> float:
    db.execute(EMPTY)
    table = read_scrape(file.read_bytes(), file.name)
    raw = normalize(table, load_directory(db).locations, scan_date=FIRST_DAY).raw
    raw = raw.assign(id=range(1, len(raw) + 1), import_id=1, import_date=FIRST_DAY)
    rows = list(zip(*(python_values(raw[name], kind) for name, kind in tables.RAW.items()), strict=True))
    db.execute(
        "INSERT INTO vehicle_imports (import_id, file_name, file_sha256, file_size, status) "
        "VALUES (1, 'x', 'x', 1, 'failed')"
    )

    def copy() -> None:
        with db.transaction() as connection:
            copy_rows(connection, "raw_vehicle_data", tables.RAW, rows)

    return timed(copy)[0]


def _second_time(db: Database, file: Path) -> Row:
    _import(db, file)
    before = versions(db, _WRITTEN)
    taken = []
    for _ in range(5):
        seconds, report = timed(lambda: import_file(db, file, as_of=TODAY, drop_ratio=0.5))
        assert report.already_loaded
        taken.append(seconds)
    return alone(
        name="second import of the same file, no row changed",
        measured=median(taken),
        unit="s",
        reach="< 0.5 s",
        ok=versions(db, _WRITTEN) == before and median(taken) < 0.5,
    )


def _rows(db: Database, file: Path) -> tuple[float, int]:
    seconds, report = _import(db, file)
    return seconds, report.rows_total


def _memory(db: Database, large: Path) -> Row:
    db.execute(EMPTY)
    url = db.engine.url.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", _CHILD, url, str(large)], capture_output=True, text=True, check=True)
    rows, peak = (int(word) for word in done.stdout.split())
    return alone(
        name=f"peak memory of an import of {rows:,} rows, process in all",
        measured=peak / 1e6,
        unit="MB",
        reach="< 1,000 MB",
        ok=rows >= 100_000 and peak < 1e9,
    )
